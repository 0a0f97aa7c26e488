using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Everything without a pointer.</summary>
public sealed class KeyboardTests(Site site)
{
    [Fact]
    public async Task Keyboard_Alone_ChoosesAsksWalksTheDotsAndShares()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);

        await TabToAsync(
            visitor.Page,
            "element => element.matches('input') && /choose .*photo/i.test(element.ariaLabel)");
        var chooser = await visitor.Page.RunAndWaitForFileChooserAsync(() => visitor.Page.Keyboard.PressAsync("Enter"));
        await chooser.SetFilesAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToBeVisibleAsync();

        await TabToAsync(visitor.Page, "element => element.dataset.testid === 'composer'");
        await visitor.Page.Keyboard.TypeAsync("Point to the");
        await visitor.Page.Keyboard.PressAsync("Shift+Enter");
        await visitor.Page.Keyboard.TypeAsync("strawberries.");
        await Expect(visitor.Composer).ToHaveValueAsync("Point to the\nstrawberries.");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Composer).ToHaveValueAsync("");
        await Expect(visitor.Composer).ToBeFocusedAsync();

        // One stop for all dots; arrows walk inside.
        await TabToAsync(visitor.Page, "element => element.dataset.testid === 'point'");
        var tooltip = visitor.Page.GetByTestId("point-tooltip");
        await Expect(visitor.Points.Nth(0)).ToBeFocusedAsync();
        await Expect(tooltip).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Points.Nth(1)).ToBeFocusedAsync();
        await Expect(tooltip).ToContainTextAsync("2");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(tooltip).ToHaveCountAsync(0);
        await visitor.Page.Keyboard.PressAsync("Tab");
        Assert.NotEqual(
            "point", await visitor.Page.EvaluateAsync<string?>("() => document.activeElement.dataset.testid ?? null"));

        await TabToAsync(visitor.Page, "element => element.dataset.testid === 'share'");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("share-create")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("share-link")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator("[data-copy=share-link]")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Page.GetByTestId("share-link")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Composer_TypedInWhileThePageConnects_KeepsFocusWordsAndCaret()
    {
        await using var visitor = await site.VisitAsync();
        var mayConnect = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/_blazor/negotiate**", async route =>
        {
            await mayConnect.Task;
            await route.ContinueAsync();
        });
        await visitor.OpenAsync();
        await visitor.Composer.FocusAsync();
        await visitor.Page.Keyboard.TypeAsync("How many there?");
        for (var i = 0; i < "there?".Length; i++) await visitor.Page.Keyboard.PressAsync("ArrowLeft");
        var ofFirstPaint = await visitor.Composer.ElementHandleAsync();

        mayConnect.SetResult();
        await visitor.Page.WaitForFunctionAsync("box => !box.isConnected", ofFirstPaint);
        await visitor.Page.Keyboard.TypeAsync("are ");

        await Expect(visitor.Composer).ToBeFocusedAsync();
        await Expect(visitor.Send).ToBeEnabledAsync();
        await Expect(visitor.Composer).ToHaveValueAsync("How many are there?");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Escape_WhileAnAnswerIsWritten_StopsIt()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.AskHalfAsync(site.Server.Recordings.Hold());

        await visitor.Composer.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");

        await visitor.ExpectStateAsync("done");
        Assert.NotEmpty((await visitor.SeeAsync()).Points);
        visitor.ExpectNoTrouble();
    }

    /// <summary>Presses Tab until the focus is there; each focused element on the way must be visible.</summary>
    private static async Task TabToAsync(IPage page, string isTarget)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>($"() => ({isTarget})(document.activeElement)")) return;
        }
        Assert.Fail($"The Tab key does not lead to: {isTarget}");
    }
}
