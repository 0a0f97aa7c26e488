using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Images;

public class PointSheetTests : PageTest
{
    [Fact]
    public void Render_Always_HasTheMarksThatItsScriptPutsOnCheckedCrops()
    {
        var marks = Render<PointSheet>().FindAll("[data-said-marks] > .said");
        Assert.Equal(["right", "wrong", "missed"], marks.Values("data-said"));
        Assert.All(marks, mark => Assert.Single(mark.Children, child => child.TagName == "svg"));
        Assert.Equal(3, marks.Select(mark => mark.InnerHtml).Distinct().Count());
    }
}
