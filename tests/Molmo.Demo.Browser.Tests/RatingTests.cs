using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A thumb up or down under an answer.</summary>
public sealed class RatingTests(Site site)
{
    [Fact]
    public async Task Thumb_Pressed_IsPressedAfterAReloadUntilPressedAgain()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-07.png"));
        await visitor.HearAsync("How many dogs are there?");
        var (up, down) = (visitor.Answer.GetByTestId("thumb-up"), visitor.Answer.GetByTestId("thumb-down"));
        await Expect(up).ToHaveAccessibleNameAsync("Good answer");
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "false");

        await down.ClickAsync();
        await Expect(down).ToHaveAttributeAsync("aria-pressed", "true");
        await up.ClickAsync();
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(down).ToHaveAttributeAsync("aria-pressed", "false");
        await visitor.Page.ReloadAsync();
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "true");

        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await up.ClickAsync();
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "false");
        await visitor.Page.ReloadAsync();
        await Expect(up).ToHaveAttributeAsync("aria-pressed", "false");
        visitor.ExpectNoTrouble();
    }
}
