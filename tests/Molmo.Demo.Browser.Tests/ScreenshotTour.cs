using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// Pictures of the product for people to look at: set <c>MOLMO_SCREENSHOTS</c> to a folder. Each look is a test of its
/// own: English in both themes, Arabic for what is mirrored, and German, whose words are the longest, on the narrowest
/// phones.
/// </summary>
public sealed partial class ScreenshotTour(Site site)
{
    private const string Question = "How many strawberries are there?";

    [Theory]
    [InlineData("", "en-GB", ColorScheme.Light, 1280, 800)]
    [InlineData("-dark", "en-GB", ColorScheme.Dark, 1280, 800)]
    [InlineData("-phone", "en-GB", ColorScheme.Light, 390, 844)]
    [InlineData("-phone-dark", "en-GB", ColorScheme.Dark, 390, 844)]
    [InlineData("-ar", "ar-EG", ColorScheme.Light, 1280, 800)]
    [InlineData("-ar-phone", "ar-EG", ColorScheme.Dark, 390, 844)]
    [InlineData("-de-360", "de-DE", ColorScheme.Light, 360, 740)]
    [InlineData("-de-320", "de-DE", ColorScheme.Dark, 320, 640)]
    public async Task Tour_OfThePages_IsPhotographed(
        string look, string language, ColorScheme scheme, int width, int height)
    {
        var folder = Environment.GetEnvironmentVariable("MOLMO_SCREENSHOTS");
        Assert.SkipWhen(
            string.IsNullOrEmpty(folder), "Set MOLMO_SCREENSHOTS to a folder to have the pages photographed.");
        Directory.CreateDirectory(folder!);
        var isPhone = width < 600;
        var camera = new Camera(site, folder!, look, language, () => new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            DeviceScaleFactor = isPhone ? 2 : 1,
            HasTouch = isPhone,
            IsMobile = isPhone,
        });

        await using var visitor = await camera.VisitAsync();
        await StartAsync(camera, visitor);
        await AskAsync(camera, visitor);
        await LookAsync(camera, visitor);
        await AskOtherwiseAsync(camera, visitor);
        await CompareAsync(camera, visitor);
        await ShareAsync(camera, visitor);
        await RestAsync(camera);
    }

    private static async Task StartAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await camera.ShootAsync(page, "empty");
        await camera.ShootAsync(page, "empty-whole", isWhole: true);

        await visitor.OpenAsync("/?sample=scene-08.jpg");
        await Expect(page.GetByTestId("run-stored")).ToBeEnabledAsync();
        await camera.ShootAsync(page, "stored");
        await page.GetByTestId("run-stored").ClickAsync();
        await Expect(page.GetByTestId("run-verdict")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "stored-run");
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        await visitor.OpenAsync("/kiosk");
        await camera.ShootAsync(page, "kiosk");
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.NoPreference });

        await visitor.OpenAsync();
        await visitor.AskAsync(Question);
        await Expect(visitor.Error).ToBeVisibleAsync();
        await camera.ShootAsync(page, "refusal");
        await visitor.UploadAsync("notes.txt", "text/plain", "Hello"u8.ToArray());
        await Expect(visitor.Error.Last).ToBeVisibleAsync();
        await camera.ShootAsync(page, "error");
        await page.GetByTestId("more").ClickAsync();
        await camera.ShootAsync(page, "more");
        await page.GetByTestId("keys-open").ClickAsync();
        await camera.ShootAsync(page, "keys");
    }

    private async Task AskAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await camera.ShootAsync(page, "photo");
        await visitor.Composer.FillAsync(
            string.Concat(Enumerable.Repeat("How many strawberries are there, and how many lemons? ", 90)));
        await camera.ShootAsync(page, "too-long");
        var held = site.Server.Recordings.Hold();
        await visitor.AskHalfAsync(held);
        await camera.ShootAsync(page, "streaming");
        await visitor.Stop.ClickAsync();
        await visitor.ExpectStateAsync("done");
        held.LetGo();
        await camera.ShootAsync(page, "stopped");
        await visitor.AskAsync(site.Server.Recordings.KeepBroken(Recordings.Strawberries[..110]));
        await visitor.ExpectStateAsync("failed");
        await camera.ShootAsync(page, "failed");

        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(Question);
        await Geometry.DotErrorsAsync(page);
        await camera.ShootAsync(page, "answer");
        await visitor.Points.Nth(1).FocusAsync();
        await Expect(page.GetByTestId("point-tooltip")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "tooltip");
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task LookAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        var viewer = new Viewer(page);
        await page.GetByTestId("points-open").ClickAsync();
        await camera.ShootAsync(page, "points");
        await page.GetByTestId("points-crops").ClickAsync();
        await camera.ShootAsync(page, "crops");
        await page.Keyboard.PressAsync("Escape");

        await viewer.Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(page.GetByTestId("audit-bar")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("y");
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator("[data-verdict=wrong]")).ToHaveCountAsync(1);
        await Expect(viewer.Root).Not.ToHaveAttributeAsync("data-moving", "");
        await camera.ShootAsync(page, "audit");
        await page.Keyboard.PressAsync("m");
        await camera.ShootAsync(page, "audit-missed");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("[data-verdict=missed]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("0");
        await viewer.ExpectZoomAsync(1);
        await camera.ShootAsync(page, "audited");

        await page.GetByTestId("region-tool").ClickAsync();
        var photo = (await visitor.Photo.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(photo.X + (photo.Width / 4), photo.Y + (photo.Height / 4));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(
            photo.X + (photo.Width * 0.6f), photo.Y + (photo.Height * 0.7f), new MouseMoveOptions { Steps = 4 });
        await page.Mouse.UpAsync();
        await camera.ShootAsync(page, "region");
        await page.GetByTestId("region-take").ClickAsync();
        await Expect(page.GetByTestId("region-pending")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "region-taken");
        await page.GetByTestId("region-remove").ClickAsync();
    }

    private static async Task AskOtherwiseAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.ShowDetailsAsync();
        await Expect(visitor.Answer.GetByTestId("details")).ToBeVisibleAsync();
        await visitor.Answer.GetByTestId("answer-more").ScrollIntoViewIfNeededAsync();
        await camera.ShootAsync(page, "details");
        await visitor.Answer.GetByTestId("details")
            .EvaluateAsync("list => list.lastElementChild.scrollIntoView({ block: 'end' })");
        await camera.ShootAsync(page, "details-end");
        await visitor.Answer.GetByTestId("view-raw").CheckAsync(new LocatorCheckOptions { Force = true });
        await visitor.Answer.GetByTestId("views").ScrollIntoViewIfNeededAsync();
        await camera.ShootAsync(page, "raw");
        await visitor.ShowDetailsAsync();
        await page.GetByTestId("how-to-ask").ClickAsync();
        await page.GetByTestId("crops-document").CheckAsync();
        await page.GetByTestId("style").SelectOptionAsync("length");
        await page.GetByTestId("temperature").FillAsync("0.8");
        await page.GetByTestId("temperature").PressAsync("Tab");
        await Expect(page.GetByTestId("seed")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "how-to-ask");
        await page.Keyboard.PressAsync("Escape");
        await camera.ShootAsync(page, "asked-otherwise");
        await page.GetByTestId("ask-plainly").ClickAsync();
        await page.GetByTestId("edit").ClickAsync();
        await Expect(page.GetByTestId("editing")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "editing");
        await visitor.Composer.FillAsync("Point to the strawberries.");
        await visitor.Send.ClickAsync();
        await Expect(page.GetByTestId("version")).ToHaveTextAsync(Second());
        await visitor.ExpectStateAsync("done");
        await camera.ShootAsync(page, "versions");
        await visitor.OpenHistoryAsync();
        await Expect(page.GetByTestId("history-entry")).Not.ToHaveCountAsync(0);
        await camera.ShootAsync(page, "history");
        await page.GetByTestId("delete").First.ClickAsync();
        await Expect(page.GetByTestId("delete-confirm")).ToBeVisibleAsync();
        await camera.ShootAsync(page, "history-delete");
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task CompareAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.OpenAsync("/compare");
        await Expect(page.GetByTestId("run")).ToBeEnabledAsync();
        await camera.ShootAsync(page, "compare-empty", isWhole: true);
        await page.GetByTestId("compare-sample").Nth(1).ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await page.GetByTestId("temperature-B").FillAsync("1.6");
        await page.GetByTestId("blind").CheckAsync();
        await page.GetByTestId("run").ClickAsync();
        await Expect(page.GetByTestId("matched")).ToBeVisibleAsync();
        await page.GetByTestId("vote-A").ScrollIntoViewIfNeededAsync();
        await camera.ShootAsync(page, "compare-vote");
        await page.GetByTestId("vote-A").ClickAsync();
        await Expect(page.GetByTestId("voted")).Not.ToBeEmptyAsync();
        await camera.ShootAsync(page, "compare", isWhole: true);
        await visitor.OpenAsync("/leaderboard");
        await camera.ShootAsync(page, "leaderboard");
    }

    private static async Task ShareAsync(Camera camera, Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(Question);
        await page.GetByTestId("share").ClickAsync();
        await Expect(page.GetByTestId("share-create")).ToBeFocusedAsync();
        await camera.ShootAsync(page, "share-dialog");
        await page.Keyboard.PressAsync("Escape");
        var address = await visitor.ShareAsync();
        var link = page.GetByTestId("share-link");
        await camera.ShootAsync(page, "share-dialog-link");
        foreach (var name in new[] { "embed", "qr", "live" })
        {
            await page.GetByTestId($"share-{name}").ClickAsync();
            await page.Locator("#share-more").ScrollIntoViewIfNeededAsync();
            await camera.ShootAsync(page, $"share-dialog-{name}");
        }
        await page.GetByTestId("share-list").Locator("summary").ClickAsync();
        await camera.ShootAsync(page, "share-dialog-all-my-links");

        await using (var frame = await camera.VisitAsync())
        {
            await frame.Page.GotoAsync(address.Replace("/s/", "/embed/", StringComparison.Ordinal));
            await frame.Page.Locator(".set > button").Nth(1).HoverAsync();
            await camera.ShootAsync(frame.Page, "embed");
        }
        await using var friend = await camera.VisitAsync();
        await friend.Page.GotoAsync(address);
        await camera.ShootAsync(friend.Page, "shared");
        await camera.ShootAsync(friend.Page, "shared-whole", isWhole: true);
        await friend.Page.Locator(".downloads summary").ClickAsync();
        await camera.ShootAsync(friend.Page, "shared-download");
        var download = await friend.Page.RunAndWaitForDownloadAsync(
            () => friend.Page.Locator("[data-download=html]").ClickAsync());
        await friend.Page.Keyboard.PressAsync("Escape");
        await friend.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        await camera.ShootAsync(friend.Page, "shared-print");
        await using (var offline = await camera.VisitAsync())
        {
            var file = Path.Combine(Path.GetTempPath(), $"molmo-{Guid.NewGuid():N}.html");
            await download.SaveAsAsync(file);
            await offline.Page.GotoAsync(new Uri(file).AbsoluteUri);
            await camera.ShootAsync(offline.Page, "exported");
            File.Delete(file);
        }

        await page.GetByTestId("share-passphrase").FillAsync("open sesame");
        await page.GetByTestId("share-passphrase-set").ClickAsync();
        await Expect(page.GetByTestId("share-passphrase-set")).ToBeDisabledAsync();
        await friend.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Screen });
        await friend.Page.ReloadAsync();
        await camera.ShootAsync(friend.Page, "passphrase");
        await page.GetByTestId("live-start").ClickAsync();
        await using (var watcher = await camera.VisitAsync())
        {
            await watcher.Page.GotoAsync((await page.GetByTestId("live-link").GetAttributeAsync("href"))!);
            await Expect(watcher.Photo).ToBeVisibleAsync();
            await camera.ShootAsync(watcher.Page, "live");
        }
        await page.GetByTestId("live-end").ScrollIntoViewIfNeededAsync();
        await camera.ShootAsync(page, "share-dialog-live-on");
        await page.GetByTestId("blur").ClickAsync();
        await page.Locator("[data-blur-add]").ClickAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await camera.ShootAsync(page, "blur");
        await page.GetByTestId("blur-make").ClickAsync();
        await Expect(link).Not.ToHaveAttributeAsync("href", address);
        await camera.ShootAsync(page, "blurred");
        await page.GetByTestId("revoke").ClickAsync();
        await camera.ShootAsync(page, "withdraw");
        var blurred = (await link.GetAttributeAsync("href"))!;
        await page.GetByTestId("revoke-confirm").ClickAsync();
        await Expect(link).ToHaveCountAsync(0);
        await camera.ShootAsync(page, "share-dialog-withdrawn");
        await friend.Page.GotoAsync(blurred);
        await camera.ShootAsync(friend.Page, "withdrawn");
    }

    private static async Task RestAsync(Camera camera)
    {
        await using (var quiet = await camera.VisitAsync())
        {
            await quiet.OpenAsync("/private");
            await Expect(quiet.Page.GetByTestId("private")).ToBeVisibleAsync();
            await camera.ShootAsync(quiet.Page, "private");
        }
        await using var reader = await camera.VisitAsync();
        var page = reader.Page;
        await page.GotoAsync("/nothing/here");
        await camera.ShootAsync(page, "nothing-here");
        await page.GotoAsync("/api");
        await page.GetByTestId("api-photo").SetInputFilesAsync(Photos.Sample("scene-08.jpg"));
        await page.GetByTestId("api-words").FillAsync("strawberries");
        await page.GetByTestId("api-send").ClickAsync();
        await Expect(page.GetByTestId("api-reply")).ToContainTextAsync("request_id");
        await camera.ShootAsync(page, "api", isWhole: true);
    }

    // In Arabic, too, the second stands after the first.
    [GeneratedRegex(@"2\D+2")]
    private static partial Regex Second();

    /// <summary>Takes pictures of one look.</summary>
    private sealed class Camera(
        Site site, string folder, string look, string language, Func<BrowserNewContextOptions> options)
    {
        public Task<Visitor> VisitAsync() => site.VisitAsync(options: options(), language: language);

        public async Task ShootAsync(IPage page, string name, bool isWhole = false)
            => await page.ScreenshotAsync(
                new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}{look}.png"), FullPage = isWhole });
    }
}
