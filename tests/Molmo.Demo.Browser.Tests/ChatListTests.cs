using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A line of the list of chats is about one thing, and a search shows what it found.</summary>
public sealed class ChatListTests(Site site)
{
    [Fact]
    public async Task Entry_OfAChatAboutTwoPhotos_HasTitleAndPictureOfTheFirstQuestion()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var question = site.Server.Recordings.Keep(Recordings.Strawberries);
        await visitor.HearAsync(question);
        var first = await visitor.Photo.GetAttributeAsync("src");
        await visitor.UploadAsync(Photos.Sample("scene-03.png"));
        await Expect(visitor.Photo).Not.ToHaveAttributeAsync("src", first!);
        await visitor.HearAsync(site.Server.Recordings.Keep(" None."));

        await visitor.OpenHistoryAsync();
        var entry = page.GetByTestId("history-entry");
        await Expect(entry).ToContainTextAsync(question);
        await Expect(entry.Locator("img")).ToHaveAttributeAsync("src", $"{first}/small");
    }

    [Fact]
    public async Task Search_OfAWordInAnAnswer_ShowsItMarkedAmongItsNeighbours()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(
            " Counting the <points x1=\"10\" y1=\"20\" alt=\"fruit\">ripe berries</points> in شريط on the old table."));

        await visitor.OpenHistoryAsync();
        await page.GetByTestId("history-search").FillAsync("OLD berries");
        var found = page.GetByTestId("history-found");
        await Expect(found).ToHaveTextAsync("Counting the ripe berries in شريط on the old table.");
        await Expect(found.Locator("mark")).ToHaveTextAsync(["berries", "old"]);
        Assert.Equal("isolate", await found.EvaluateAsync<string>("e => getComputedStyle(e).unicodeBidi"));
        visitor.ExpectNoTrouble();
    }

    // MudBlazor gives its fields a scheme of their own, which would turn every colour of the page's around.
    [Fact]
    public async Task Search_InTheDarkTheme_IsAsDarkAsThePage()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { ColorScheme = ColorScheme.Dark });
        await visitor.OpenAsync();
        await visitor.OpenHistoryAsync();
        var colours = await visitor.Page.GetByTestId("history-search").EvaluateAsync<string[]>(
            """
            field => {
              const probe = document.body.appendChild(document.createElement('i'));
              probe.style.background = 'var(--mud-palette-background-gray)';
              const own = getComputedStyle(probe).backgroundColor;
              probe.remove();
              return [own, getComputedStyle(field.parentElement).backgroundColor];
            }
            """);
        Assert.Equal(colours[0], colours[1]);
    }

    [Fact]
    public async Task Delete_OfAChatThatIsNotOnThePage_IsSaidAboveTheComposerAndGoesByItself()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
        });
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(" None."));
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.OpenHistoryAsync();
        await page.GetByTestId("delete").ClickAsync();
        await page.GetByTestId("delete-confirm").ClickAsync();

        var said = page.Locator(".mud-snackbar");
        await Expect(said).ToHaveTextAsync("Deleted.");
        await Expect(said).ToHaveAttributeAsync("aria-live", "polite");
        await Expect(page.GetByTestId("history-entry")).ToHaveCountAsync(0);
        var composer = (await page.Locator("[data-composer]").BoundingBoxAsync())!;
        var box = (await said.BoundingBoxAsync())!;
        Assert.True(box.Y + box.Height <= composer.Y, "It lies over the composer.");
        await Expect(said).ToHaveCountAsync(0, new() { Timeout = 10_000 });
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Delete_AskedAbout_IsARedWordAndNoFilledButton()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(" None."));
        await visitor.OpenHistoryAsync();
        await page.GetByTestId("delete").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var looks = await page.GetByTestId("delete-confirm").EvaluateAsync<string[]>(
            """
            button => {
              const probe = document.body.appendChild(document.createElement('i'));
              probe.style.color = 'var(--mud-palette-error)';
              const { color, backgroundColor } = getComputedStyle(button);
              const red = getComputedStyle(probe).color;
              probe.remove();
              return [color, red, backgroundColor];
            }
            """);

        Assert.Equal(looks[1], looks[0]);
        Assert.Equal("rgba(0, 0, 0, 0)", looks[2]);
    }
}
