using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Pictures of the product for people to look at: set <c>MOLMO_SCREENSHOTS</c> to a folder.</summary>
public sealed class ScreenshotTour(Site site)
{
    [Fact]
    public async Task Tour_OfThePages_IsPhotographed()
    {
        var folder = Environment.GetEnvironmentVariable("MOLMO_SCREENSHOTS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "Set MOLMO_SCREENSHOTS to a folder to have the pages photographed.");
        Directory.CreateDirectory(folder!);
        var phone = new ViewportSize { Width = 390, Height = 844 };

        foreach (var (look, scheme, size) in new[] { ("", ColorScheme.Light, null), ("-dark", ColorScheme.Dark, null), ("-phone", ColorScheme.Light, phone), ("-phone-dark", ColorScheme.Dark, phone) })
        {
            BrowserNewContextOptions Options() => new() { ColorScheme = scheme, ViewportSize = size, DeviceScaleFactor = size is null ? 1 : 2, HasTouch = size is not null, IsMobile = size is not null };
            Task ShootAsync(Visitor visitor, string name) => visitor.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder!, $"{name}{look}.png") });

            await using var visitor = await site.VisitAsync(options: Options());
            await visitor.OpenAsync();
            await Expect(visitor.Composer).ToBeVisibleAsync();
            await visitor.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            await ShootAsync(visitor, "empty");

            await visitor.OpenAsync("/?sample=scene-08.jpg");
            await Expect(visitor.Page.GetByTestId("run-stored")).ToBeEnabledAsync();
            await ShootAsync(visitor, "stored");
            await visitor.Page.GetByTestId("run-stored").ClickAsync();
            await Expect(visitor.Page.GetByTestId("run-verdict")).ToBeVisibleAsync();
            await ShootAsync(visitor, "stored-run");
            await visitor.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
            await visitor.OpenAsync("/kiosk");
            await ShootAsync(visitor, "kiosk");
            await visitor.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.NoPreference });
            await visitor.OpenAsync();

            await visitor.UploadAsync("notes.txt", "text/plain", "Hello"u8.ToArray());
            await Expect(visitor.Error).ToBeVisibleAsync();
            await ShootAsync(visitor, "error");
            await visitor.Page.GetByTestId("more").ClickAsync();
            await ShootAsync(visitor, "more");
            await visitor.Page.GetByTestId("keys-open").ClickAsync();
            await ShootAsync(visitor, "keys");

            await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
            await visitor.HearAsync("How many strawberries are there?");
            await Geometry.DotErrorsAsync(visitor.Page);
            await ShootAsync(visitor, "answer");
            await visitor.Points.Nth(1).FocusAsync();
            await Expect(visitor.Page.GetByTestId("point-tooltip")).ToBeVisibleAsync();
            await ShootAsync(visitor, "tooltip");

            await visitor.Answer.GetByTestId("inspect").ClickAsync();
            await Expect(visitor.Answer.GetByTestId("details")).ToBeVisibleAsync();
            await visitor.Answer.GetByTestId("inspect").ScrollIntoViewIfNeededAsync();
            await ShootAsync(visitor, "details");
            await visitor.Answer.GetByTestId("view-raw").CheckAsync(new LocatorCheckOptions { Force = true });
            await ShootAsync(visitor, "raw");
            await visitor.Answer.GetByTestId("inspect").ClickAsync();
            await visitor.Page.GetByTestId("how-to-ask").ClickAsync();
            await visitor.Page.GetByTestId("crops-document").CheckAsync();
            await visitor.Page.GetByTestId("style").SelectOptionAsync("length");
            await visitor.Page.GetByTestId("temperature").FillAsync("0.8");
            await visitor.Page.GetByTestId("temperature").PressAsync("Tab");
            await Expect(visitor.Page.GetByTestId("seed")).ToBeVisibleAsync();
            await ShootAsync(visitor, "how-to-ask");
            await visitor.Page.Keyboard.PressAsync("Escape");
            await ShootAsync(visitor, "asked-otherwise");
            await visitor.Page.GetByTestId("ask-plainly").ClickAsync();
            await visitor.Page.GetByTestId("edit").ClickAsync();
            await Expect(visitor.Page.GetByTestId("editing")).ToBeVisibleAsync();
            await ShootAsync(visitor, "editing");
            await visitor.Composer.FillAsync("Point to the strawberries.");
            await visitor.Send.ClickAsync();
            await Expect(visitor.Page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
            await visitor.ExpectStateAsync("done");
            await ShootAsync(visitor, "versions");
            await visitor.Page.GetByTestId("history").ClickAsync();
            await Expect(visitor.Page.GetByTestId("history-entry")).ToHaveCountAsync(1);
            await ShootAsync(visitor, "history");
            await visitor.Page.GetByTestId("delete").ClickAsync();
            await Expect(visitor.Page.GetByTestId("delete-confirm")).ToBeVisibleAsync();
            await ShootAsync(visitor, "history-delete");
            await visitor.Page.Keyboard.PressAsync("Escape");
            await visitor.OpenAsync("/compare");
            await Expect(visitor.Page.GetByTestId("run")).ToBeEnabledAsync();
            await ShootAsync(visitor, "compare-empty");
            await visitor.Page.GetByTestId("compare-sample").Nth(1).ClickAsync();
            await Expect(visitor.Photo).ToBeVisibleAsync();
            await visitor.Page.GetByTestId("temperature-B").FillAsync("1.6");
            await visitor.Page.GetByTestId("run").ClickAsync();
            await Expect(visitor.Page.GetByTestId("matched")).ToBeVisibleAsync();
            await visitor.Page.GetByTestId("vote-A").ClickAsync();
            await Expect(visitor.Page.GetByTestId("voted")).Not.ToBeEmptyAsync();
            await ShootAsync(visitor, "compare");
            await visitor.OpenAsync("/leaderboard");
            await ShootAsync(visitor, "leaderboard");
            await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
            await visitor.HearAsync("How many strawberries are there?");
            await using var quiet = await site.VisitAsync(options: Options());
            await quiet.OpenAsync("/private");
            await Expect(quiet.Page.GetByTestId("private")).ToBeVisibleAsync();
            await ShootAsync(quiet, "private");

            await visitor.Page.GetByTestId("share").ClickAsync();
            var link = visitor.Page.GetByTestId("share-link");
            await Expect(link).ToBeVisibleAsync();
            await ShootAsync(visitor, "share-dialog");
            var address = (await link.GetAttributeAsync("href"))!;
            foreach (var name in new[] { "QR code", "Let others watch live", "All my links" })
            {
                await visitor.Page.Locator("summary", new PageLocatorOptions { HasText = name }).ClickAsync();
                await ShootAsync(visitor, $"share-dialog-{name.Replace(' ', '-').ToLowerInvariant()}");
                await visitor.Page.Locator("summary", new PageLocatorOptions { HasText = name }).ClickAsync();
            }
            await using (var frame = await site.VisitAsync(options: Options()))
            {
                await frame.Page.GotoAsync(address.Replace("/s/", "/embed/", StringComparison.Ordinal));
                await frame.Page.Locator(".set > button").Nth(1).HoverAsync();
                await ShootAsync(frame, "embed");
            }
            await using var friend = await site.VisitAsync(options: Options());
            await friend.Page.GotoAsync((await link.GetAttributeAsync("href"))!);
            await ShootAsync(friend, "shared");
            await friend.Page.GetByLabel("Download").ClickAsync();
            await ShootAsync(friend, "shared-download");
            await friend.Page.Keyboard.PressAsync("Escape");
            await friend.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
            await ShootAsync(friend, "shared-print");
            await visitor.Page.GetByTestId("share-passphrase").FillAsync("open sesame");
            await visitor.Page.GetByTestId("share-passphrase-set").ClickAsync();
            await Expect(visitor.Page.GetByTestId("share-passphrase-set")).ToHaveTextAsync("Change");
            await friend.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Screen });
            await friend.Page.ReloadAsync();
            await ShootAsync(friend, "passphrase");
            await visitor.Page.Locator("summary", new PageLocatorOptions { HasText = "Let others watch live" }).ClickAsync();
            await visitor.Page.GetByTestId("live-start").ClickAsync();
            await using (var watcher = await site.VisitAsync(options: Options()))
            {
                await watcher.Page.GotoAsync((await visitor.Page.GetByTestId("live-link").GetAttributeAsync("href"))!);
                await Expect(watcher.Photo).ToBeVisibleAsync();
                await ShootAsync(watcher, "live");
            }
            await ShootAsync(visitor, "share-dialog-live");
            await visitor.Page.GetByTestId("blur").ClickAsync();
            await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add a box" }).ClickAsync();
            await visitor.Page.Keyboard.PressAsync("ArrowLeft");
            await ShootAsync(visitor, "blur");

            await friend.Page.GotoAsync("/nothing/here");
            await ShootAsync(friend, "nothing-here");
            await friend.Page.GotoAsync("/api");
            await friend.Page.GetByTestId("api-photo").SetInputFilesAsync(Photos.Sample("scene-08.jpg"));
            await friend.Page.GetByTestId("api-words").FillAsync("strawberries");
            await friend.Page.GetByTestId("api-send").ClickAsync();
            await Expect(friend.Page.GetByTestId("api-reply")).ToContainTextAsync("request_id");
            await friend.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder!, $"api{look}.png"), FullPage = true });

            await using var waiting = await site.VisitAsync(options: Options());
            await waiting.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
            await waiting.AskHalfAsync(site.Server.Recordings.Hold());
            await ShootAsync(waiting, "streaming");
            await waiting.Stop.ClickAsync();
            await waiting.ExpectStateAsync("done");
            await ShootAsync(waiting, "stopped");
        }
    }
}
