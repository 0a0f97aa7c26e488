using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// What scripts say around a photo, in another language: people read theirs, the model and programs get English.
/// </summary>
public sealed class ImageLanguageTests(Site site)
{
    [Fact]
    public async Task Photo_InGerman_IsRefusedListedAndAskedAbout()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { Permissions = ["clipboard-read", "clipboard-write"] },
            language: "de-DE");
        var page = visitor.Page;
        await visitor.OpenAsync();
        await visitor.UploadAsync("leer.jpg", "image/jpeg", []);
        await Expect(visitor.Error).ToHaveTextAsync("Diese Datei ist leer. Es wurde nichts gesendet.");

        await visitor.UploadAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToHaveAttributeAsync("alt", "Dein Foto: scene-08.jpg");
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await page.GetByTestId("points-open").ClickAsync();
        await Expect(page.Locator("[data-rows] > tr").First).ToContainTextAsync("18,0");
        await page.GetByTestId("points-copy").ClickAsync();
        await Expect(page.GetByTestId("points-copy")).ToHaveTextAsync("Kopiert");
        var copied = await page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.StartsWith("No.\tLabel\tx %\ty %\tx px\ty px\n1\tstrawberries\t18.0\t31.0\t",
            copied.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Escape");

        await visitor.Points.First.ClickAsync();
        await page.GetByTestId("point-tooltip").GetByText("Was ist das?").ClickAsync();
        await Expect(page.GetByTestId("answer")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("question").Last).ToHaveTextAsync("What is this?");
        await visitor.ExpectStateAsync("done");
        visitor.ExpectNoTrouble();
    }
}
