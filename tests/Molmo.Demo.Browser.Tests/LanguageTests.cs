using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A person changes the language in the middle of everything and loses nothing.</summary>
public sealed class LanguageTests(Site site)
{
    [Fact]
    public async Task Language_ChosenInAChat_StaysWithThePersonAndLosesNothing()
    {
        await using var visitor = await site.VisitAsync(language: "fr-FR");
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var before = await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(page).ToHaveURLAsync(new Regex("/c/"));
        await visitor.Composer.FillAsync("Half a");
        var address = page.Url;

        await page.GetByTestId("more").ClickAsync();
        await page.GetByTestId("languages").GetByText("Deutsch").ClickAsync();

        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "de");
        await Expect(page).ToHaveURLAsync(address);
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Points).ToHaveCountAsync(before.Points.Length);
        await Expect(visitor.Composer).ToHaveValueAsync("Half a");
        Assert.Equal(before.Words, (await visitor.SeeAsync()).Words);
        await Expect(page.GetByTestId("share")).ToHaveTextAsync(new Regex("Teilen"));

        // What the circuit draws later speaks it as well, and so does every other page and the next visit.
        await visitor.HearAsync(
            site.Server.Recordings.Keep("<points x1=\"10\" y1=\"10\" x2=\"20\" y2=\"20\" alt=\"a\">these</points>."));
        await Expect(visitor.Answer.Locator("[data-chip]")).ToHaveAttributeAsync("aria-label", new Regex("2 Punkte"));
        await visitor.OpenAsync("/leaderboard");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "de");
        await page.GetByTestId("more").ClickAsync();
        await page.GetByTestId("languages").GetByText("English").ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await Expect(page).ToHaveURLAsync(new Regex("/leaderboard$"));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Language_WithoutScript_IsChosenByTheForm()
    {
        await using var visitor = await site.VisitAsync(options: new() { JavaScriptEnabled = false });
        await visitor.OpenAsync("/leaderboard");

        await visitor.Page.GetByTestId("more").ClickAsync();
        await visitor.Page.GetByTestId("languages").GetByText("العربية").ClickAsync();

        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("dir", "rtl");
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/leaderboard$"));
    }
}
