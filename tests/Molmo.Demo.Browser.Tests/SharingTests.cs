using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// Where an answer goes from the dialog: a closed link, a hidden part, a file, a frame, a room that watches.
/// </summary>
public sealed class SharingTests(Site site)
{
    [Fact]
    public async Task Link_SentOn_OpensAtItsDotAsAFileOfflineAndInAFrame()
    {
        await using var visitor = await site.VisitAsync();
        var link = await ShareAsync(visitor);
        var count = await visitor.Points.CountAsync();

        // The dot that was chosen is in the address.
        await using var friend = await site.VisitAsync();
        await friend.Page.GotoAsync($"{link}#g=1&p=2");
        await Expect(friend.Page.GetByTestId("point-tooltip")).ToContainTextAsync($"strawberries 2 of {count}");
        await friend.Points.First.ClickAsync();
        Assert.EndsWith("#g=1&p=1", friend.Page.Url, StringComparison.Ordinal);
        Assert.All(await Geometry.DotErrorsAsync(friend.Page), error => Assert.InRange(error, 0, 1));

        // The file, from the menu, without any network.
        await friend.Page.GetByLabel("Download").ClickAsync();
        var download = await friend.Page.RunAndWaitForDownloadAsync(
            () => friend.Page.Locator("[data-download=html]").ClickAsync());
        Assert.Equal("molmo-point-to-the-strawberries.html", download.SuggestedFilename);
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, download.SuggestedFilename);
        await download.SaveAsAsync(file);
        await friend.Context.SetOfflineAsync(true);
        var requests = new List<string>();
        friend.Page.Request += (_, request) => requests.Add(request.Url);
        await friend.Page.GotoAsync(new Uri(file).AbsoluteUri);
        await ExpectWalkAsync(friend.Page.Locator("body"), count);
        Assert.All(requests, address => Assert.Matches("^(file|data):", address));
        await friend.Context.SetOfflineAsync(false);

        // The frame, on a site that is not ours.
        using var blog = new Blog(
            $"<!DOCTYPE html><iframe src=\"{link.Replace("/s/", "/embed/", StringComparison.Ordinal)}\" width=\"640\" "
                + $"height=\"760\" sandbox=\"allow-scripts allow-popups\"></iframe>");
        await friend.Page.GotoAsync(blog.Address);
        await ExpectWalkAsync(friend.Page.FrameLocator("iframe").Locator("body"), count);
        visitor.ExpectNoTrouble();
        friend.ExpectNoTrouble(except: trouble => trouble.Contains("favicon", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dialog_EmbedCode_ShowsTheAnswerOnAnotherSite()
    {
        await using var visitor = await site.VisitAsync();
        await ShareAsync(visitor);
        var count = await visitor.Points.CountAsync();
        await visitor.Page.GetByTestId("share-embed").ClickAsync();
        var code = await visitor.Page.GetByTestId("embed-code").InnerTextAsync();

        using var blog = new Blog($"<!DOCTYPE html><title>A site</title>{code}");
        await using var friend = await site.VisitAsync();
        await friend.Page.GotoAsync(blog.Address);

        var frame = friend.Page.FrameLocator("iframe");
        await Expect(frame.Locator("h1")).ToHaveTextAsync("Point to the strawberries.");
        await Expect(frame.Locator(".claim")).ToContainTextAsync($"{count} strawberries");
        await ExpectWalkAsync(frame.Locator("body"), count);
        Assert.Equal("Point to the strawberries.", await friend.Page.Locator("iframe").GetAttributeAsync("title"));
        // In a frame without an origin, too, the typefaces are ours.
        Assert.Equal(["Funnel Display loaded", "Funnel Sans loaded"], await frame.Locator("html")
            .EvaluateAsync<string[]>("async () => { await document.fonts.ready; return [...document.fonts]"
                + ".map(font => `${font.family.replaceAll('\"', '')} ${font.status}`).sort(); }"));
        // All of it is seen: nothing has to be scrolled within the frame.
        Assert.True(await frame.Locator("html").EvaluateAsync<bool>(
            "page => page.scrollHeight <= page.clientHeight && page.scrollWidth <= page.clientWidth"));
        visitor.ExpectNoTrouble();
        friend.ExpectNoTrouble(except: trouble => trouble.Contains("favicon", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dialog_OnADeviceThatSendsThingsOn_OffersItsOwnWay()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Page.AddInitScriptAsync(
            "window.sent = []; navigator.share = async what => { window.sent.push(what.url); };");
        var link = await ShareAsync(visitor);
        await visitor.Page.GetByTestId("share-send").ClickAsync();
        Assert.Equal([link], await visitor.Page.EvaluateAsync<string[]>("() => window.sent"));

        await using var other = await site.VisitAsync();
        await other.Page.AddInitScriptAsync("delete Navigator.prototype.share;");
        await ShareAsync(other);
        await Expect(other.Page.GetByTestId("share-embed")).ToBeVisibleAsync();
        await Expect(other.Page.GetByTestId("share-send")).ToBeHiddenAsync();
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Dialog_PassphraseAndHiddenPart_HoldForWhoHasTheLink()
    {
        await using var visitor = await site.VisitAsync();
        var before = await ShareAsync(visitor);
        var dialog = visitor.Page;
        await dialog.GetByTestId("share-lifetime").SelectOptionAsync("Week");
        await Expect(dialog.GetByText("Expires on ")).ToBeVisibleAsync();
        await dialog.GetByTestId("share-passphrase").FillAsync("open sesame");
        await dialog.GetByTestId("share-passphrase-set").ClickAsync();
        await Expect(dialog.GetByTestId("share-passphrase-set")).ToHaveTextAsync("Change");

        // One box by pointer, one by keyboard.
        await dialog.GetByTestId("blur").ClickAsync();
        var canvas = (await dialog.Locator("[data-blur-canvas]").BoundingBoxAsync())!;
        await dialog.Mouse.MoveAsync(canvas.X + canvas.Width * 0.1f, canvas.Y + canvas.Height * 0.1f);
        await dialog.Mouse.DownAsync();
        await dialog.Mouse.MoveAsync(
            canvas.X + canvas.Width * 0.4f, canvas.Y + canvas.Height * 0.3f, new MouseMoveOptions { Steps = 4 });
        await dialog.Mouse.UpAsync();
        await Expect(dialog.GetByTestId("blur-box")).ToHaveAttributeAsync(
            "aria-label", "Hidden part 1: left 10 percent, top 10 percent, 30 percent wide, 20 percent high");
        await dialog.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add a box" }).ClickAsync();
        await dialog.Keyboard.PressAsync("ArrowRight");
        await dialog.Keyboard.PressAsync("Shift+ArrowDown");
        await Expect(dialog.GetByTestId("blur-box").Last).ToHaveAttributeAsync(
            "aria-label", "Hidden part 2: left 39 percent, top 38 percent, 25 percent wide, 26 percent high");
        await dialog.Keyboard.PressAsync("Delete");
        await Expect(dialog.GetByTestId("blur-box")).ToHaveCountAsync(1);
        await dialog.GetByTestId("blur-make").ClickAsync();
        await Expect(dialog.GetByTestId("share-link")).Not.ToHaveAttributeAsync("href", before);
        var link = (await dialog.GetByTestId("share-link").GetAttributeAsync("href"))!;

        await using var friend =
            await site.VisitAsync(options: new BrowserNewContextOptions { JavaScriptEnabled = false });
        // The link that was there first is as it was; its maker is told, and may delete it.
        Assert.Equal(401, (await friend.Page.GotoAsync(before))!.Status);
        Assert.Equal(401, (await friend.Page.GotoAsync(link))!.Status);
        await friend.Page.GetByLabel("Passphrase").FillAsync("wrong words");
        await friend.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open" }).ClickAsync();
        await Expect(friend.Error).ToBeVisibleAsync();
        await friend.Page.GetByLabel("Passphrase").FillAsync("open sesame");
        await friend.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open" }).ClickAsync();
        await Expect(friend.Photo).ToBeVisibleAsync();

        var shared = Photos.Decode(await (await friend.Context.APIRequest.GetAsync($"{link}/photo/1")).BodyAsync());
        var (x, y, width) = (shared.Width / 10 + 8, shared.Height / 10 + 8, shared.Width / 40);
        var row = shared.Pixels.AsSpan((y * shared.Width + x) * 3, width * 3).ToArray();
        Assert.Single(row.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2])).Distinct());
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData("en-GB", 1280)]
    [InlineData("en-GB", 390)]
    [InlineData("de-DE", 390)]
    [InlineData("es-ES", 390)]
    [InlineData("ar-EG", 390)]
    public async Task Dialog_WatchLive_FitsInEveryLanguage(string language, int width)
    {
        await using var visitor = await site.VisitAsync(language: language, options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 844 },
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        await visitor.Page.GetByTestId("share").ClickAsync();
        await visitor.Page.GetByTestId("share-live").ClickAsync();
        await visitor.Page.GetByTestId("live-start").ClickAsync();
        var link = visitor.Page.GetByTestId("live-link");
        await Expect(link).ToBeVisibleAsync();

        Assert.Empty(await link.EvaluateAsync<string[]>(
            """
            link => {
              const dialog = link.closest('[role=dialog]').getBoundingClientRect();
              return [...link.closest('section').querySelectorAll('*')].filter(part => {
                const box = part.getBoundingClientRect();
                return box.width > 0 && (box.left < dialog.left || box.right > dialog.right);
              }).map(part => part.outerHTML);
            }
            """));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Live_Watcher_SeesDotsArriveUntilItIsEnded()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("How many strawberries are there?");
        await visitor.Page.GetByTestId("share").ClickAsync();
        await visitor.Page.GetByTestId("share-live").ClickAsync();
        await visitor.Page.GetByTestId("live-start").ClickAsync();
        var link = (await visitor.Page.GetByTestId("live-link").GetAttributeAsync("href"))!;
        await visitor.Page.Keyboard.PressAsync("Escape");

        await using var watcher = await site.VisitAsync();
        await watcher.Page.GotoAsync(link);
        await Expect(watcher.Page.GetByTestId("live-turn")).ToHaveCountAsync(1);
        await visitor.AskHalfAsync(held);
        await Expect(watcher.Page.GetByTestId("live-turn")).ToHaveCountAsync(2);
        await Expect(watcher.Points.First).ToBeVisibleAsync();
        held.LetGo();
        await visitor.ExpectStateAsync("done");
        await Expect(watcher.Page.GetByTestId("answer").First).ToHaveAttributeAsync("data-state", "done");
        await Expect(watcher.Points).ToHaveCountAsync(await visitor.Points.CountAsync());
        // The colours are those of the chat, and what a person finds is seen as it is found.
        Assert.Contains("g2 square", await watcher.Points.First.GetAttributeAsync("class"), StringComparison.Ordinal);
        await Expect(watcher.Page.GetByTestId("verdict")).ToHaveCountAsync(0);
        await visitor.Page.GetByTestId("check-count").ClickAsync();
        await visitor.Page.Locator("[data-audit=wrong]").ClickAsync();
        await Expect(watcher.Page.GetByTestId("verdict")).ToHaveTextAsync("Partly checked by a person");
        await Expect(watcher.Page.Locator("[data-testid=point].wrong")).ToHaveCountAsync(1);
        await visitor.Page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await watcher.Composer.CountAsync());
        var photo = new Uri(new Uri(link), await watcher.Photo.GetAttributeAsync("src")).ToString();
        Assert.Equal(200, (await watcher.Context.APIRequest.GetAsync(photo)).Status);

        await visitor.Page.GetByTestId("share").ClickAsync();
        await visitor.Page.GetByTestId("share-live").ClickAsync();
        await visitor.Page.GetByTestId("live-end").ClickAsync();
        await Expect(watcher.Page.GetByTestId("live-state")).ToHaveTextAsync("over");
        Assert.Equal(410, (await watcher.Context.APIRequest.GetAsync(photo)).Status);
        visitor.ExpectNoTrouble();
        watcher.ExpectNoTrouble();
    }

    private static async Task ExpectWalkAsync(ILocator body, int count)
    {
        var tip = body.Locator(".tip");
        await Expect(body.Locator("img")).ToHaveJSPropertyAsync("complete", true);
        Assert.NotEqual(0, await body.Locator("img").EvaluateAsync<int>("image => image.naturalWidth"));
        await body.Locator(".set > button").Nth(1).HoverAsync();
        await Expect(tip).ToHaveTextAsync($"strawberries2 of {count}");
        await body.Locator(".set > button").First.FocusAsync();
        await Expect(tip).ToHaveTextAsync($"strawberries1 of {count}");
        await body.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(tip).ToHaveTextAsync($"strawberries2 of {count}");
        await body.Page.Keyboard.PressAsync("p");
        await body.Page.Keyboard.PressAsync("p");
        await Expect(tip).ToHaveTextAsync($"strawberries{count} of {count}");
        await Expect(body.Locator(".walk output")).ToHaveTextAsync($"{count} of {count}");
        await body.Locator("[data-step='1']").ClickAsync();
        await Expect(tip).ToHaveTextAsync($"strawberries1 of {count}");
        await body.Page.Keyboard.PressAsync("Escape");
        await Expect(tip).ToBeHiddenAsync();
    }

    private static async Task<string> ShareAsync(Visitor visitor)
    {
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        return await visitor.ShareAsync();
    }
}
