using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The drawer of chats and the menus, by mouse and by keyboard.</summary>
public sealed class DrawerTests(Site site)
{
    [Fact]
    public async Task Drawer_OnAWideScreen_StaysBesideTheChatAndRemembersBeingClosed()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 1440, Height = 900 },
        });
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(page.Locator("#history")).ToBeHiddenAsync();

        await page.ReloadAsync();
        await Expect(page.GetByTestId("history-entry")).ToHaveCountAsync(1);
        await Expect(page.Locator("#history")).ToBeVisibleAsync();
        Assert.False(await OverlapAsync(page), "The drawer lies over the chat.");

        await page.GetByTestId("history").ClickAsync();
        await Expect(page.Locator("#history")).ToBeHiddenAsync();
        await page.ReloadAsync();
        await Expect(visitor.Answer).ToBeVisibleAsync();
        await Expect(page.Locator("#history")).ToBeHiddenAsync();
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Drawer_OnAPhone_IsADialogThatGivesTheFocusBack()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
        });
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(page.Locator("[data-connected]")).ToHaveCountAsync(1);
        await page.GetByTestId("history").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Your chats" }))
            .ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "New chat" })).ToBeFocusedAsync();
        for (var i = 0; i < 8; i++) await page.Keyboard.PressAsync("Tab");
        Assert.True(await page.EvaluateAsync<bool>(
            "() => document.querySelector('#history').contains(document.activeElement)"), "The focus left the drawer.");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#history")).ToBeHiddenAsync();
        await Expect(page.GetByTestId("history")).ToBeFocusedAsync();
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Drawer_OpenedOnAPhoneBeforeItsWidthIsKnown_StaysOpen()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
        });
        var page = visitor.Page;
        // The drawer asks for this before it asks for the width.
        await visitor.Context.AddInitScriptAsync("document.addEventListener('DOMContentLoaded', () => {"
            + " const { mudElementRef } = window, measure = mudElementRef.getBoundingClientRect;"
            + " mudElementRef.getBoundingClientRect = async element => {"
            + " await new Promise(go => { window.measureNow = go; });"
            + " setTimeout(() => { window.measured = true; }, 1000);"
            + " return measure.call(mudElementRef, element); }; });");
        await visitor.OpenAsync();
        await page.WaitForFunctionAsync("() => window.measureNow");
        await page.GetByTestId("history").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Your chats" });
        await Expect(dialog).ToBeVisibleAsync();
        await page.EvaluateAsync("() => window.measureNow()");
        await page.WaitForFunctionAsync("() => window.measured");
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(dialog).ToHaveClassAsync(new Regex(@"\bmud-drawer--open\b"));
        await Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "New chat" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#history")).ToBeHiddenAsync();
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_OpenedByMouseOrKey_ClosesOnEscapeAndDoesWhatItSays(bool byMouse)
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(page.Locator("[data-connected]")).ToHaveCountAsync(1);
        var theme = page.GetByTestId("theme");
        await OpenAsync();
        await Expect(theme).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(theme).ToBeHiddenAsync();

        await OpenAsync();
        await theme.ClickAsync();
        await Expect(page.Locator(":root")).ToHaveAttributeAsync("data-theme", "dark");
        await OpenAsync();
        await page.GetByTestId("keys-open").ClickAsync();
        await Expect(page.GetByTestId("keys")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await OpenAsync();
        await page.GetByTestId("languages").GetByText("Deutsch").ClickAsync();
        await Expect(page.Locator(":root")).ToHaveAttributeAsync("lang", "de");
        visitor.ExpectNoTrouble();

        async Task OpenAsync()
        {
            var more = page.GetByTestId("more");
            if (byMouse)
            {
                await more.ClickAsync();
            }
            else
            {
                await more.FocusAsync();
                await page.Keyboard.PressAsync("Enter");
            }
        }
    }

    private static Task<bool> OverlapAsync(IPage page) => page.EvaluateAsync<bool>(
        """
        () => {
          const drawer = document.querySelector('#history').getBoundingClientRect();
          const main = document.querySelector('#main').getBoundingClientRect();
          return drawer.right > main.left + 1;
        }
        """);
}
