using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class ModelArrivalTests : PageTest
{
    [Fact]
    public void Bar_HalfWay_SaysWhatAndHowFar()
    {
        var arrival = Render<ModelArrival>(parameters => parameters.Add(
            arriving => arriving.Progress, new ModelProgress(ModelStage.Fetching, "owner/name", .5)));
        var bar = arrival.One("[role='progressbar']");
        Assert.Equal(("50", "0", "100"), (bar.GetAttribute("aria-valuenow"), bar.GetAttribute("aria-valuemin"),
            bar.GetAttribute("aria-valuemax")));
        Assert.Equal("Fetching owner/name", bar.GetAttribute("aria-label"));
        Assert.StartsWith("50", bar.GetAttribute("aria-valuetext"), StringComparison.Ordinal);
        Assert.Equal("Fetching", arrival.Test("model-progress").GetAttribute("data-stage"));
    }
}
