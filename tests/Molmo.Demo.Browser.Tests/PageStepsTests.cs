using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The browser's Back and Forward go through what a person sees as pages.</summary>
public sealed class PageStepsTests(Site site)
{
    private const string Home = "^https?://[^/]+/$";

    [Fact]
    public async Task Back_FromAChat_IsTheHomePageAndForwardIsTheChat()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/leaderboard");
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var answer = await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.Composer.FillAsync("And what else?");
        await Expect(page).ToHaveURLAsync(new Regex("/c/[^/?]+$"));
        var address = page.Url;

        await page.GoBackAsync();
        await ExpectHomeAsync(visitor);
        await Expect(visitor.Composer).ToHaveValueAsync("");

        await page.GoForwardAsync();
        await Expect(page).ToHaveURLAsync(address);
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Points).ToHaveCountAsync(answer.Points.Length);
        await Expect(visitor.Composer).ToHaveValueAsync("And what else?");

        await page.GoBackAsync();
        await ExpectHomeAsync(visitor);
        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/leaderboard$"));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Back_FromASampleOfTheComparison_IsTheChoiceOfAPhotoAndForwardIsTheSample()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/leaderboard");
        await visitor.OpenAsync("/compare");
        await Expect(page.GetByTestId("run")).ToBeEnabledAsync();
        // The stage has the height there is, before and after.
        var stage = (await page.Locator(".compare > .stage").BoundingBoxAsync())!;
        Assert.InRange(stage.Height, 600, page.ViewportSize!.Height);
        await page.GetByTestId("compare-sample").Nth(1).ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/compare\?sample=[^&]+$"));
        var address = page.Url;

        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/compare$"));
        await Expect(page.GetByTestId("compare-sample").First).ToBeVisibleAsync();
        await page.GoForwardAsync();
        await Expect(page).ToHaveURLAsync(address);
        await Expect(visitor.Photo).ToBeVisibleAsync();
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Back_FromAPhotoNotAskedAbout_IsTheHomePageWithTheWordsKept()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await Expect(page).ToHaveURLAsync(new Regex(@"/\?photo=[^&]+$"));
        await visitor.Composer.FillAsync("How many?");

        await page.GoBackAsync();
        await ExpectHomeAsync(visitor);
        await page.GoForwardAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(visitor.Composer).ToHaveValueAsync("How many?");
        await page.ReloadAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SampleOfTheDemonstration_BeforeAndAfterThePageIsLive_IsTheSamePage(bool isLive)
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { JavaScriptEnabled = isLive });
        var page = visitor.Page;
        await visitor.OpenAsync();
        if (isLive) await Expect(page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await page.Locator("[data-demo-try]").ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/\?sample=[^&]+$"));

        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(new Regex(Home));
        await Expect(visitor.Photo).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Back_FromVersionsSteppedThrough_LeavesTheChatAtOnce()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.EditAsync();
        await visitor.AskAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
        await visitor.ExpectStateAsync("done");
        string? before = null;
        foreach (var (step, place) in ((string, string)[])[("before", "1 / 2"), ("next", "2 / 2"), ("before", "1 / 2")])
        {
            await page.GetByTestId($"version-{step}").PressAsync("Enter");
            await Expect(page.GetByTestId("version")).ToHaveTextAsync(place);
            await Expect(page).ToHaveURLAsync(new Regex(@"\?branch="));
            // It names another version each time.
            if (before is not null) await Expect(page).Not.ToHaveURLAsync(before);
            before = page.Url;
        }

        await page.GoBackAsync();
        await ExpectHomeAsync(visitor);
        await page.GoForwardAsync();
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("1 / 2");
        visitor.ExpectNoTrouble();
    }

    private static async Task ExpectHomeAsync(Visitor visitor)
    {
        await Expect(visitor.Page).ToHaveURLAsync(new Regex(Home));
        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await Expect(visitor.Photo).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator("a[href*='sample=']").First).ToBeVisibleAsync();
    }
}
