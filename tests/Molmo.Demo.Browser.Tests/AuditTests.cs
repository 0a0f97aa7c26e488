using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The dots of an answer checked one by one, with the keyboard.</summary>
public sealed class AuditTests(Site site)
{
    private const string Result = "8 claimed, 3 checked, 2 confirmed, 1 wrong, 2 missed. Precision 67 %, recall 50 %.";

    [Fact]
    public async Task Dots_CheckedByKeys_AreKeptAndShared()
    {
        await using var visitor =
            await site.VisitAsync(options: new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        var viewer = new Viewer(page);
        var (bar, progress, status) = (page.GetByTestId("audit-bar"), page.GetByTestId("audit-progress"),
            page.GetByTestId("audit-bar").GetByRole(AriaRole.Status));
        var line = page.GetByTestId("audit");

        // Single letters are nobody's in the composer.
        await visitor.Composer.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(visitor.Composer).ToHaveValueAsync("a");
        await visitor.Composer.FillAsync("");
        await viewer.Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(progress).ToHaveTextAsync("1 of 8");
        await viewer.ExpectZoomAsync(3);
        Assert.InRange(await Geometry.ContrastAsync(progress), 4.5, 21);
        Assert.InRange(await Geometry.ContrastAsync(bar.GetByText("Done")), 4.5, 21);
        Assert.True(await viewer.FromMiddleAsync(visitor.Points.First) <= 1.5);

        await page.Keyboard.PressAsync("y");
        await Expect(progress).ToHaveTextAsync("2 of 8");
        await Expect(status).ToHaveTextAsync("strawberries, 1 of 8: right. Now strawberries, 2 of 8.");
        await Expect(page.Locator("[data-testid=point][data-selected]")).ToHaveAttributeAsync("data-n", "2");
        Assert.True(await viewer.FromMiddleAsync(visitor.Points.Nth(1)) <= 1.5);
        await page.Keyboard.PressAsync("x");
        await page.Keyboard.PressAsync("x");
        await Expect(progress).ToHaveTextAsync("4 of 8");
        await page.Keyboard.PressAsync("Backspace");
        await Expect(progress).ToHaveTextAsync("3 of 8");
        await page.Keyboard.PressAsync("y");
        await Expect(progress).ToHaveTextAsync("4 of 8");

        // A missed one under the cross, one by a click beside a dot, and one that is taken back.
        for (var missed = 1; missed <= 2; missed++)
        {
            await page.Keyboard.PressAsync("m");
            await Expect(viewer.Root).ToHaveAttributeAsync("data-placing", "");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("[data-verdict=missed]")).ToHaveCountAsync(missed);
        }
        await page.Keyboard.PressAsync("Backspace");
        await Expect(page.Locator("[data-verdict=missed]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("m");
        var frame = (await viewer.Frame.BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(frame.X + (frame.Width * 0.4f), frame.Y + (frame.Height * 0.4f));
        await Expect(page.Locator("[data-verdict=missed]")).ToHaveCountAsync(2);
        await Expect(line).ToContainTextAsync(Result);
        await page.Keyboard.PressAsync("Escape");
        await Expect(bar).ToHaveCountAsync(0);
        await Expect(viewer.Frame).ToBeFocusedAsync();

        // It is there after a reload, and goes on where it was left.
        await page.ReloadAsync();
        await Expect(line).ToContainTextAsync(Result);
        await Expect(page.Locator("[data-verdict]")).ToHaveCountAsync(5);
        // The button is there before its circuit.
        await page.WaitForFunctionAsync(
            "() => document.querySelector('[data-testid=audit-bar]') !== null || void "
                + "document.querySelector('[data-audit-open]').click()",
            null, new PageWaitForFunctionOptions { PollingInterval = 250 });
        await Expect(progress).ToHaveTextAsync("4 of 8");
        await page.Keyboard.PressAsync("Escape");
        await Expect(bar).ToHaveCountAsync(0);

        // The list of all points says the same, with what was added at its end.
        await ExpectSheetAsync(page);
        await page.GotoAsync(await visitor.ShareAsync());
        await ExpectSheetAsync(page);
        await Expect(line).ToContainTextAsync("2 right, 1 wrong, 2 missed. 3 of 8 dots were looked at.");
        await Expect(page.Locator("[data-verdict]")).ToHaveCountAsync(5);
        await Expect(page.GetByTestId("audit-open")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Missed_BeingPlacedAndDone_ShowsTheWholePhotoWithWhatWasMissed()
    {
        await using var visitor =
            await site.VisitAsync(options: new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        var viewer = new Viewer(page);
        await viewer.Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await viewer.ExpectZoomAsync(3);

        await page.Keyboard.PressAsync("m");
        await viewer.ExpectZoomAsync(1);
        var frame = (await viewer.Frame.BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(frame.X + (frame.Width * 0.45f), frame.Y + (frame.Height * 0.4f));
        await Expect(page.Locator("[data-verdict=missed]")).ToBeInViewportAsync();
        await viewer.ExpectZoomAsync(1);
        await page.Keyboard.PressAsync("y");
        await viewer.ExpectZoomAsync(3);

        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByTestId("audit-bar")).ToHaveCountAsync(0);
        await viewer.ExpectZoomAsync(1);
        await Expect(page.Locator("[data-verdict=missed]")).ToBeInViewportAsync();
        visitor.ExpectNoTrouble();
    }

    private static async Task ExpectSheetAsync(IPage page)
    {
        var sheet = page.Locator("[data-sheet]");
        string[] found = ["right", "wrong", "right", "missed", "missed"];
        await page.Locator("[data-points]:visible").First.ClickAsync();
        await Expect(sheet.Locator("[data-sheet-count]")).ToHaveTextAsync("9");
        foreach (var (pane, entry) in new[] { ("table", "tbody > tr"), ("crops", ".go") })
        {
            await sheet.Locator($"[data-as={pane}]").ClickAsync();
            var shown = sheet.Locator($"[data-pane={pane}]");
            await Expect(shown.Locator(entry)).ToHaveCountAsync(10);
            Assert.Equal(found, await shown.Locator(".said")
                .EvaluateAllAsync<string[]>("marks => marks.map(mark => mark.dataset.said)"));
            await Expect(shown.Locator(entry).Last.Locator("svg")).ToBeVisibleAsync();
            await Expect(shown.Locator(".wrong")).ToHaveCountAsync(1);
            await Expect(shown.Locator(".wrong .crop")).ToHaveCSSAsync("filter", "grayscale(1)");
        }
        await sheet.Locator("[data-as=table]").ClickAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(sheet).ToBeHiddenAsync();
    }
}
