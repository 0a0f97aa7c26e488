using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What people, their browsers and what stands between do, whatever a page has in mind.</summary>
public sealed class HabitsTests(Site site)
{
    /// <summary>
    /// What translating browsers do: each text that may be translated is replaced by elements with another, now and
    /// whenever there is a new one.
    /// </summary>
    private const string Translate =
        """
        () => {
          const translate = () => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const texts = [];
            while (walker.nextNode()) texts.push(walker.currentNode);
            for (const text of texts) {
              const around = text.parentElement;
              if (!text.data.trim() || !around.translate || around.closest('script, style, textarea, font')) continue;
              const outer = document.createElement('font');
              outer.append(document.createElement('font'));
              outer.firstChild.textContent = text.data.toUpperCase();
              text.replaceWith(outer);
            }
          };
          translate();
          setInterval(translate, 50);
        }
        """;

    private static readonly string Sample = Photos.Sample("scene-03.png");

    [Fact]
    public async Task Send_DoubleClicked_AsksAndDoesNotStop()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Sample);
        var held = site.Server.Recordings.Hold();
        await visitor.Composer.FillAsync(held.Question);
        var (x, y) = await MiddleAsync(visitor.Send);

        await visitor.Page.Mouse.ClickAsync(x, y);
        await Expect(visitor.Stop).ToBeVisibleAsync();
        await PressAsync(visitor.Page, 2);
        await visitor.ExpectStateAsync("streaming");

        // In earnest it stops also right after.
        await PressAsync(visitor.Page, 3);
        await visitor.ExpectStateAsync("done");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Page_InATranslatingBrowser_GoesOn()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Sample);
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.Page.EvaluateAsync(Translate);

        await visitor.HearAsync(site.Server.Recordings.Keep(" One\n\n- two\n- three **four**\n\nfive and six.", 4, 20));

        await Expect(visitor.Answer).ToContainTextAsync("five and six.");
        visitor.ExpectNoTrouble();

        // A link's page has no circuit and is translated.
        var link = await visitor.ShareAsync();
        await visitor.Page.GotoAsync(link);
        await visitor.Page.EvaluateAsync(Translate);
        await Expect(visitor.Page.Locator("main")).ToContainTextAsync("FIVE AND SIX.");
    }

    [Fact]
    public async Task Answer_SelectedAndCopied_KeepsTheNamesOfItsPoints()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { Permissions = ["clipboard-read", "clipboard-write"] });
        await visitor.OpenWithPhotoAsync(Sample);
        await visitor.HearAsync(site.Server.Recordings.Keep(
            " I see <points x1=\"30\" y1=\"60\" x2=\"55\" y2=\"62\" alt=\"squares\">squares</points> and "
                + "<point x=\"88.9\" y=\"75.7\" alt=\"a cup\">a cup</point>.\n\n- one\n- two"));
        await visitor.Page.EvaluateAsync(
            """
            () => {
              const words = document.querySelector('[data-testid=answer] .words');
              getSelection().setBaseAndExtent(words, 0, words, words.childNodes.length);
            }
            """);

        await visitor.Page.Keyboard.PressAsync("Control+c");

        Assert.Equal("I see squares and a cup.\n- one\n- two",
            await visitor.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Picture_DraggedOutOfAnotherWindow_IsOnePhoto()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        var told = await visitor.Page.EvaluateAsync<string>(
            """
            () => {
              const drag = new DataTransfer();
              drag.setData('text/uri-list', 'https://elsewhere.example/cat.jpg');
              drag.setData('text/html', '<img src="https://elsewhere.example/cat.jpg">');
              drag.items.add(new File([new Uint8Array(9)], 'cat.jpg', { type: 'image/jpeg' }));
              document.body.dispatchEvent(
                  new DragEvent('dragenter', { dataTransfer: drag, bubbles: true, cancelable: true }));
              return document.querySelector('.curtain').textContent;
            }
            """);

        Assert.Equal("Drop the photo to ask about it", told);
    }

    [Fact]
    public async Task Address_DroppedBesideTheBox_KeepsThePageAndSaysWhatToDo()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Sample);

        await visitor.Page.EvaluateAsync(Drop("document.querySelector('main')"));

        await Expect(visitor.Error).ToContainTextAsync("Only the address of a picture was dropped.");
        Assert.True(await visitor.Page.EvaluateAsync<bool>("() => window.wasPrevented"));
        // In the box it is text, as everywhere.
        await visitor.Page.EvaluateAsync(Drop("document.querySelector('[data-testid=composer]')"));
        Assert.False(await visitor.Page.EvaluateAsync<bool>("() => window.wasPrevented"));
    }

    [Fact]
    public async Task Browser_WithoutCookies_IsToldSo()
    {
        if (!BrowserChoice.IsChromium) Assert.Skip("Asked in Chromium's own protocol.");
        await using var visitor = await site.VisitAsync();
        await using var session = await visitor.Context.NewCDPSessionAsync(visitor.Page);
        await session.SendAsync("Emulation.setDocumentCookieDisabled", new() { ["disabled"] = true });

        await visitor.OpenAsync();

        await Expect(visitor.Error).ToContainTextAsync("This browser keeps no cookie of this site");
    }

    [Fact]
    public async Task Photo_TooLargeForAProxy_SaysWhoseLimitItIs()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await visitor.Page.RouteAsync("**/api/images", route => route.FulfillAsync(new()
        {
            Status = 413,
            ContentType = "text/html",
            Body = "<html><head><title>413 Request Entity Too Large</title></head></html>",
        }));

        await visitor.UploadAsync(Sample);

        await Expect(visitor.Error).ToContainTextAsync(
            "Something on the way to the server takes no photo of 1 MB. Send a smaller copy");
    }

    [Fact]
    public async Task Search_AWholePagePasted_KeepsTheConnection()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Sample);
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.OpenHistoryAsync();
        await visitor.Page.GetByTestId("history-search").FocusAsync();

        await visitor.Page.Keyboard.InsertTextAsync(new string('a', 60_000));

        await Expect(visitor.Page.GetByTestId("history-entry")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Box_OnAPhone_HasLettersThatNoPhoneZoomsInto()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions
            {
                IsMobile = BrowserChoice.IsChromium,
                HasTouch = true,
                ViewportSize = new ViewportSize { Width = 390, Height = 800 },
            });
        await visitor.OpenWithPhotoAsync(Sample);
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.OpenHistoryAsync();
        await visitor.Page.GetByTestId("rename").First.ClickAsync();
        await Expect(visitor.Page.GetByTestId("rename-title")).ToBeVisibleAsync();
        Assert.Empty(await SmallBoxesAsync(visitor.Page));

        await visitor.OpenAsync("/compare");
        Assert.Empty(await SmallBoxesAsync(visitor.Page));
    }

    private static Task<string[]> SmallBoxesAsync(IPage page) => page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('input, select, textarea')]
            .filter(box => !['checkbox', 'radio', 'file', 'hidden'].includes(box.type))
            .filter(box => parseFloat(getComputedStyle(box).fontSize) < 16).map(box => box.outerHTML)
        """);

    private static string Drop(string target) =>
        $$"""
        () => {
          const drag = new DataTransfer();
          for (const type of ['text/uri-list', 'text/plain']) drag.setData(type, 'https://elsewhere.example/cat.jpg');
          const drop = new DragEvent('drop', { dataTransfer: drag, bubbles: true, cancelable: true });
          {{target}}.dispatchEvent(drop);
          window.wasPrevented = drop.defaultPrevented;
        }
        """;

    private static async Task<(float X, float Y)> MiddleAsync(ILocator place)
    {
        var box = (await place.BoundingBoxAsync())!;
        return (box.X + box.Width / 2, box.Y + box.Height / 2);
    }

    /// <param name="page">Where the mouse is.</param>
    /// <param name="count">Which press of a quick series it is.</param>
    private static async Task PressAsync(IPage page, int count)
    {
        await page.Mouse.DownAsync(new() { ClickCount = count });
        await page.Mouse.UpAsync(new() { ClickCount = count });
    }
}
