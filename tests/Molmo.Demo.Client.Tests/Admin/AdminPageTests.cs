using Molmo.Demo.Client.Admin;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Client.Tests.Admin;

public sealed class AdminPageTests : PageTest
{
    [Theory]
    [InlineData(null, 6_250_000L, "12 of 64", "", "2", "6.25 MB")]
    [InlineData(0.876, 2_500_000_000L, "12 of 64", "88 %", "2", "2.5 GB")]
    public void Page_OfAMachineWithAModel_SaysWhatIsKept(
        double? share, long bytes, string blocks, string found, string photos, string memory)
    {
        Desk.Reuse = new AdminReuse(12, 64, share, 2, bytes);
        var facts = Render<AdminPage>().FindAll("section[aria-labelledby=reuse-title] .facts > div")
            .ToDictionary(fact => fact.QuerySelector("dt")!.TextContent, fact => fact.QuerySelector("dd")!.TextContent);

        Assert.Equal((blocks, found, photos, memory), (facts["Memory blocks kept"],
            facts.GetValueOrDefault("Share of prompts found there", ""), facts["Photos kept"],
            facts["Memory of these photos"]));
    }

    [Fact]
    public void Page_OfAMachineWithoutAModel_SaysNothingOfIt()
    {
        var page = Render<AdminPage>();
        Assert.Empty(page.FindAll("#reuse-title"));
        Assert.NotEmpty(page.FindAll("#storage-title"));
    }
}
