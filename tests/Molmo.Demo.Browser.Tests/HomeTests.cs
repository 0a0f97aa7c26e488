using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The first minute: what the home page shows, and what it takes before its scripts are there.</summary>
public sealed class HomeTests(Site site)
{
    private static readonly string[] Scripts = ["**/chat.js*", "**/blazor.js*"];

    [Fact]
    public async Task Home_BeforeItsScripts_KeepsWhatIsTypedAndChosen()
    {
        await using var visitor = await site.VisitAsync();
        var release = new TaskCompletionSource();
        foreach (var script in Scripts)
        {
            await visitor.Page.RouteAsync(script, async route =>
            {
                await release.Task;
                await route.ContinueAsync();
            });
        }
        await visitor.Page.GotoAsync("/", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await Expect(visitor.Composer).ToBeVisibleAsync();
        await visitor.Composer.FillAsync("Point to the strawberries.");
        // What a press on the label does with no script at all: the browser's own chooser opens.
        var chooser = await visitor.Page.RunAndWaitForFileChooserAsync(
            () => visitor.Page.GetByText("Choose a photo", new PageGetByTextOptions { Exact = true }).ClickAsync());
        await chooser.SetFilesAsync(Photos.Sample("scene-08.jpg"));
        release.SetResult();

        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(visitor.Composer).ToHaveValueAsync("Point to the strawberries.");
        await Expect(visitor.Send).ToBeEnabledAsync();
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Demonstration_Watched_LandsDotsAndTicksWithoutACircuitsWork()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(page.Locator("[data-connected]")).ToHaveCountAsync(1);
        var sent = 0;
        page.WebSocket += (_, socket) => socket.FrameSent += (_, _) => sent++;
        var number = page.Locator("[data-demo-number]");
        await Expect(number).ToHaveTextAsync("");
        await Expect(number).ToHaveTextAsync("2");
        await Expect(page.Locator("[data-demo-photo] > .spot")).ToHaveCountAsync(4);
        await Expect(page.Locator("[data-demo-noun]")).ToHaveTextAsync("fish");

        // Stops for good when the person begins, with the scene whole.
        await visitor.Composer.FillAsync("How");
        var pause = page.Locator("[data-demo-pause]");
        await Expect(pause).ToHaveAccessibleNameAsync("Play the demonstration");
        // A scene chosen by hand is shown finished, with what a person added.
        await page.Locator("[data-demo-scene='2']").ClickAsync();
        await Expect(number).ToHaveTextAsync("4");
        await Expect(page.Locator("[data-demo-photo] > .spot.person")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-demo-why]")).ToHaveTextAsync("A person checked it and found one more.");
        // A scene that was picked is the last to be played.
        await Expect(page.Locator("[data-demo-pause]")).ToHaveAccessibleNameAsync("Play the demonstration");
        await Expect(page.Locator("[data-demo-scene='2']")).ToHaveAttributeAsync("aria-current", "true");
        await Expect(number).ToHaveTextAsync("4");
        Assert.Equal(0, sent);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Demonstration_ReducedMotion_StandsStillAndPlaysByHand()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        await visitor.OpenAsync();
        await Expect(visitor.Page.Locator("[data-connected]")).ToHaveCountAsync(1);
        await visitor.Page.WaitForTimeoutAsync(1500);
        await Expect(visitor.Page.Locator("[data-demo-number]")).ToHaveTextAsync("4");
        await Expect(visitor.Page.Locator("[data-demo-pause]")).ToHaveAccessibleNameAsync("Play the demonstration");
        await Expect(visitor.Page.Locator(".spot.land")).ToHaveCountAsync(0);
        await visitor.Page.GetByText("Try this one").ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData("light", "dark")]
    [InlineData("dark", "light")]
    public async Task Theme_ChosenOtherThanTheSystems_NeverFlashes(string chosen, string system)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ColorScheme = system == "dark" ? ColorScheme.Dark : ColorScheme.Light,
        });
        await visitor.Context.AddInitScriptAsync(
            $$"""
            localStorage.setItem('molmo.theme', '{{chosen}}');
            window.seen = new Set();
            const look = () => {
              if (document.body) {
                window.seen.add(getComputedStyle(document.documentElement).backgroundColor
                  + getComputedStyle(document.querySelector('h1') ?? document.body).color);
              }
              if (performance.now() < 4000) requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
            """);
        await visitor.OpenAsync();
        await Expect(visitor.Page.Locator("[data-connected]")).ToHaveCountAsync(1);
        await visitor.Page.WaitForFunctionAsync("() => performance.now() > 4000");
        Assert.Equal(1, await visitor.Page.EvaluateAsync<int>("() => window.seen.size"));
        visitor.ExpectNoTrouble();
    }
}
