using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The page offers the kinds of photo that this browser and the server open, and no other.</summary>
public sealed class OpenedKindsTests(Site site)
{
    [Fact]
    public async Task HomePage_InABrowserWithoutHeic_DoesNotPromiseIt()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        var opensHeic = await page.EvaluateAsync<bool>(
            """
            async () => {
              const picture = document.createElement('picture');
              picture.innerHTML = '<source type="image/heic" srcset="data:,opened"><img src="data:,not">';
              await new Promise(later => setTimeout(later, 200));
              return picture.lastChild.currentSrc === 'data:,opened';
            }
            """);

        await Expect(page.GetByTestId("photo-input")).ToHaveAttributeAsync(
            "accept", new Regex("image/jpeg,.*image/avif"));
        var accept = await page.GetByTestId("photo-input").GetAttributeAsync("accept");
        Assert.Equal(opensHeic, accept!.Contains("heic", StringComparison.Ordinal));
        Assert.DoesNotContain("image/*", accept, StringComparison.Ordinal);
        var text = await page.InnerTextAsync("body");
        Assert.Contains("JPEG, PNG, WebP, GIF", text, StringComparison.Ordinal);
        Assert.Equal(opensHeic, text.Contains("HEIC", StringComparison.Ordinal));
        visitor.ExpectNoTrouble();
    }
}
