using Molmo.Demo.Client.Layout;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Layout;

public class ErrorNoticeTests : PageTest
{
    [Theory]
    [InlineData(true, "alert")]
    [InlineData(false, null)]
    public void Notice_OfAnError_IsAnOutlinedAlertThatIsSaidWhereNothingElseSaysIt(bool isSaid, string? role)
    {
        var notice = Render<ErrorNotice>(parameters => parameters
            .Add(error => error.IsSaid, isSaid).Add(error => error.Handle, "error")
            .AddChildContent("The disk is full."));
        var drawn = notice.One(".mud-alert-outlined-warning.error[data-testid='error']");
        Assert.Equal(("The disk is full.", role), (drawn.TextContent.Trim(), drawn.GetAttribute("role")));
        Assert.Empty(drawn.QuerySelectorAll("svg, [aria-live]"));
    }
}
