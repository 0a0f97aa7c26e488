using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Arabic has other letters, so that English which nobody translated stands out on every page.</summary>
public sealed class SpokenTourTests(Site site)
{
    /// <summary>
    /// Latin words of three letters and more that a reader sees or hears, but for names. Left out are elements that say
    /// that they hold English or what people and the model wrote (<c>lang</c>, <c>dir=auto</c>, <c>bdi</c>,
    /// <c>translate=no</c>), code, keys, what a sentence sets apart as a piece of another direction, and words with
    /// digits or underscores: revisions, formats, addresses.
    /// </summary>
    private const string English =
        """
        names => {
          const others =
              '[lang=en], [lang=de], [lang=es], [translate=no], [dir=auto], bdi, code, pre, kbd, textarea, script, '
              + 'style, svg, noscript, iframe, [data-verbatim], a[dir=ltr]';
          const found = new Set();
          const read = (text, where) => {
            const words = text.replace(/[\u2066-\u2068][^\u2069]*\u2069/g, ' ').match(/[\p{L}\p{N}_.\-]+/gu) ?? [];
            for (const word of words.map(word => word.replace(/^[.\-]+|[.\-]+$/g, '')))
              if (/^[A-Za-z][A-Za-z.\-]{2,}$/.test(word)
                  && !names.includes(word)) found.add(`${word} (${where}: ${text.trim().slice(0, 60)})`);
          };
          const isSeen = element => element.checkVisibility();
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!element.closest(others) && isSeen(element)) read(texts.currentNode.data, element.tagName);
          }
          for (const element of document.body.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
            if (isSeen(element) && !element.parentElement.closest(others) && !element.matches('[lang=en]'))
              for (const name of ['aria-label', 'title', 'alt', ...(element.matches(others) ? [] : ['placeholder'])])
                  read(element.getAttribute(name) ?? '', name);
          return [...found];
        }
        """;

    private const string Question = "How many strawberries are there?";

    private static readonly string[] Names =
    [
        // The product, what runs it and what it speaks with.
        "Molmo", "molmo-tiny", "OpenAI", "OpenAPI", "Python", "JavaScript", "curl", "CPU", "UTC",
        // Formats.
        "JPEG", "PNG", "WebP", "GIF", "BMP", "HEIC", "SVG", "CSV", "JSON", "COCO", "Markdown", "Label", "Studio",
        // Keys, as they are printed on a keyboard.
        "Enter", "Shift", "Ctrl", "Alt", "Esc", "Escape", "Backspace", "Delete",
        // What the model found in the photo of this test.
        "strawberries",
    ];

    [Fact]
    public async Task Pages_InArabic_SpeakNoEnglishOfTheirOwn()
    {
        await using var visitor = await VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();
        await AccessibilityTests.ExpectNoneAsync(page, "start in Arabic");
        await ExpectNoEnglishAsync(page, "start");
        await visitor.AskAsync(Question);
        await Expect(visitor.Error).ToBeVisibleAsync();
        await page.GetByTestId("more").ClickAsync();
        await ExpectNoEnglishAsync(page, "refusal and menu");
        await page.GetByTestId("keys-open").ClickAsync();
        await ExpectNoEnglishAsync(page, "keys");
        foreach (var address in new[]
        {
            "/?sample=scene-08.jpg", "/kiosk", "/private", "/compare", "/leaderboard", "/api", "/nothing/here"
        })
        {
            await page.GotoAsync(address);
            await ExpectNoEnglishAsync(page, address);
        }
    }

    [Fact]
    public async Task Chat_InArabic_SpeaksNoEnglishOfItsOwn()
    {
        await using var visitor = await VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await ExpectNoEnglishAsync(page, "photo");
        await visitor.HearAsync(Question);
        await AccessibilityTests.ExpectNoneAsync(page, "answer in Arabic");
        await visitor.ExpectRestAsync();
        await visitor.ShowDetailsAsync();
        await Expect(visitor.Answer.GetByTestId("details")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "answer and details");
        await page.GetByTestId("how-to-ask").ClickAsync();
        await page.GetByTestId("style").SelectOptionAsync("length");
        await page.GetByTestId("temperature").FillAsync("0.8");
        await page.GetByTestId("temperature").PressAsync("Tab");
        await Expect(page.GetByTestId("seed")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "how to ask");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByTestId("points-open").ClickAsync();
        await ExpectNoEnglishAsync(page, "points");
        await page.Keyboard.PressAsync("Escape");
        await new Viewer(page).Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(page.GetByTestId("audit-bar")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("y");
        await Expect(page.GetByTestId("audit")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "audit");
        await page.Keyboard.PressAsync("Escape");
        await visitor.OpenHistoryAsync();
        await Expect(page.GetByTestId("history-entry")).ToHaveCountAsync(1);
        await page.GetByTestId("delete").ClickAsync();
        await Expect(page.GetByTestId("delete-confirm")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "history");
        await page.Keyboard.PressAsync("Escape");

        await page.GetByTestId("share").ClickAsync();
        await Expect(page.GetByTestId("share-create")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "share dialog");
        await page.Keyboard.PressAsync("Escape");
        await visitor.ShareAsync();
        var link = page.GetByTestId("share-link");
        await page.GetByTestId("share-list").Locator("summary").ClickAsync();
        await page.GetByTestId("share-embed").ClickAsync();
        await Expect(page.GetByTestId("embed-code")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "embed code");
        await page.GetByTestId("share-live").ClickAsync();
        await page.GetByTestId("live-start").ClickAsync();
        await Expect(page.GetByTestId("live-link")).ToBeVisibleAsync();
        await ExpectNoEnglishAsync(page, "share dialog");
        var (shared, live) =
            ((await link.GetAttributeAsync("href"))!, (await page.GetByTestId("live-link").GetAttributeAsync("href"))!);
        await page.GetByTestId("blur").ClickAsync();
        await page.Locator("[data-blur-add]").ClickAsync();
        await ExpectNoEnglishAsync(page, "blur");

        await using var friend = await VisitAsync();
        await friend.Page.GotoAsync(shared);
        await AccessibilityTests.ExpectNoneAsync(friend.Page, "shared page in Arabic");
        await friend.Page.Locator(".downloads summary").ClickAsync();
        await ExpectNoEnglishAsync(friend.Page, "shared page");
        foreach (var address
            in new[] { shared.Replace("/s/", "/embed/", StringComparison.Ordinal), live, $"{shared[..^3]}abc" })
        {
            await friend.Page.GotoAsync(address);
            await ExpectNoEnglishAsync(friend.Page, address);
        }
    }

    private Task<Visitor> VisitAsync() => site.VisitAsync(
        options: new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce }, language: "ar-EG");

    private static async Task ExpectNoEnglishAsync(IPage page, string what)
    {
        await Expect(page.Locator("html[lang=ar][dir=rtl]")).ToHaveCountAsync(1);
        var found = await page.EvaluateAsync<string[]>(English, Names);
        Assert.True(found.Length == 0, $"{what}: {string.Join('\n', found)}");
    }
}
