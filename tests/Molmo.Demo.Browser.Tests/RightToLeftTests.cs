using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// In a language that is written from right to left everything is mirrored but the photo: left on it stays left.
/// </summary>
public sealed class RightToLeftTests(Site site)
{
    private const string Language = "ar-EG";

    // Percent of the width of the first dot of the recorded answer, the leftmost, and the last, the rightmost.
    private const int Leftmost = 0;
    private const int Rightmost = 7;

    [Theory]
    [InlineData(320, 640)]
    [InlineData(1280, 800)]
    public async Task Photo_InArabic_KeepsDotsMapAndKeysWhereTheyAre(int width, int height)
    {
        await using var visitor = await site.VisitAsync(options: Window(width, height), language: Language);
        var page = visitor.Page;
        var viewer = new Viewer(page);
        await AskAsync(visitor);
        await Expect(page.Locator("html[dir=rtl][lang=ar]")).ToHaveCountAsync(1);
        await ExpectDotsInPlaceAsync(page);

        foreach (var dot in new[] { Leftmost, Rightmost })
        {
            await visitor.Points.Nth(dot).ClickAsync();
            await Expect(page.GetByTestId("point-tooltip")).ToContainTextAsync($"{dot + 1} من 8");
            await ExpectInsideAsync(page.GetByTestId("point-tooltip"), width, height);
        }
        await visitor.Points.Nth(Leftmost).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await viewer.ExpectZoomAsync(3);
        Assert.True(await viewer.FromMiddleAsync(visitor.Points.Nth(Leftmost)) <= 1.5);
        await ExpectDotsInPlaceAsync(page);
        await ExpectInsideAsync(page.GetByTestId("point-tooltip"), width, height);

        // The small map shows the part around that dot, in its left half, and the arrow to the right goes there.
        var (map, part) = ((await page.Locator("[data-map]").BoundingBoxAsync())!,
            (await page.Locator("[data-map] > i").BoundingBoxAsync())!);
        Assert.Equal(0.18, (part.X + (part.Width / 2) - map.X) / map.Width, 0.03);
        await page.Keyboard.PressAsync("Escape");
        await viewer.Frame.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForFunctionAsync(
            "x => document.querySelector('[data-map] > i').getBoundingClientRect().left > x + 1",
            (double)part.X);
        await Expect(viewer.Root).Not.ToHaveAttributeAsync("data-moving", "");
        await ExpectDotsInPlaceAsync(page);
        // Where letters are Arabic, a shortcut is the key at its letter's place.
        await page.EvaluateAsync("() => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ى', "
            + "code: 'KeyN', bubbles: true, cancelable: true }))");
        await Expect(page.Locator("[data-testid=point][data-selected]")).ToHaveAttributeAsync("data-n", "2");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Tools_InArabic_AreMirroredAndWorkOnTheSamePlaces()
    {
        await using var visitor = await site.VisitAsync(options: Window(1280, 800), language: Language);
        var page = visitor.Page;
        var viewer = new Viewer(page);
        await AskAsync(visitor);

        Assert.True((await page.Locator("[data-zoom-in]").BoundingBoxAsync())!.X
            < (await page.Locator("[data-zoom-out]").BoundingBoxAsync())!.X);
        await Expect(page.GetByTestId("zoom-in")).ToHaveAccessibleNameAsync("تكبير");

        // A box over the left quarter is the left quarter.
        await page.GetByTestId("region-tool").ClickAsync();
        var photo = (await visitor.Photo.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(photo.X + 1, photo.Y + 1);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(
            photo.X + (photo.Width / 4), photo.Y + (photo.Height / 2), new MouseMoveOptions { Steps = 4 });
        await page.Mouse.UpAsync();
        var box = (await page.GetByTestId("region-box").BoundingBoxAsync())!;
        Assert.Equal((photo.X, photo.Width / 4), (box.X, box.Width), new Within(2));
        await page.GetByTestId("region-take").ClickAsync();
        var pending = (await page.GetByTestId("region-pending").BoundingBoxAsync())!;
        Assert.Equal((box.X, box.Width), (pending.X, pending.Width), new Within(2));
        await page.GetByTestId("region-remove").ClickAsync();

        // A verdict lies beside its dot, on the same side as ever.
        await viewer.Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(page.GetByTestId("audit-progress")).ToHaveTextAsync("1 من 8");
        await page.Keyboard.PressAsync("y");
        await Expect(page.GetByTestId("audit-progress")).ToHaveTextAsync("2 من 8");
        await Expect(page.GetByTestId("audit-bar").GetByRole(AriaRole.Status)).ToContainTextAsync("صحيحة");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("0");
        await viewer.ExpectZoomAsync(1);
        var (dot, mark) = ((await visitor.Points.First.BoundingBoxAsync())!,
            (await page.Locator("[data-verdict]").BoundingBoxAsync())!);
        Assert.InRange(mark.X - (dot.X + (dot.Width / 2)), 0, 20);

        // In the table numbers stand in their columns; in a crop the mark is where the dot is in the photo.
        await page.GetByTestId("points-open").ClickAsync();
        var sheet = page.Locator("[data-sheet]");
        await ExpectInsideAsync(sheet, 1280, 800);
        Assert.True(await sheet.EvaluateAsync<bool>(
            "sheet => [...sheet.querySelectorAll('.pane')].every(pane => pane.scrollWidth <= pane.clientWidth)"));
        var (name, across) = ((await sheet.Locator("[data-sort=name]").BoundingBoxAsync())!,
            (await sheet.Locator("[data-sort=x]").BoundingBoxAsync())!);
        Assert.True(name.X > across.X);
        await page.GetByTestId("points-crops").ClickAsync();
        var marks = await sheet.EvaluateAsync<double[]>(
            "sheet => [...sheet.querySelectorAll('.crop')].map(crop => [crop.getBoundingClientRect(), "
                + "crop.firstChild.getBoundingClientRect()]).map(([around, "
                + "mark]) => mark.left + mark.width / 2 - around.left)");
        Assert.Equal(8, marks.Length);
        Assert.All(marks, middle => Assert.Equal(52, middle, 1.0));
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(320, 640)]
    [InlineData(1280, 800)]
    public async Task Pages_InArabic_NeedNoSidewaysScrolling(int width, int height)
    {
        await using var visitor = await site.VisitAsync(options: Window(width, height), language: Language);
        var page = visitor.Page;
        await AskAsync(visitor);
        Assert.True(await Geometry.OverflowAsync(page) <= 0, "A chat has to be scrolled sideways.");
        await Expect(visitor.Composer).ToBeInViewportAsync();
        var shared = await visitor.ShareAsync();
        visitor.ExpectNoTrouble();   // the page on the interface shows markup
        foreach (var address in new[] { "/", "/compare", "/leaderboard", "/api", "/kiosk", shared })
        {
            await page.GotoAsync(address);
            await Expect(page.Locator("html[dir=rtl]")).ToHaveCountAsync(1);
            Assert.True(await Geometry.OverflowAsync(page) <= 0, $"{address} has to be scrolled sideways.");
        }
        await Expect(visitor.Points).ToHaveCountAsync(8);
        await ExpectDotsInPlaceAsync(page);
    }

    private static BrowserNewContextOptions Window(int width, int height)
        => new()
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce
        };

    private async Task AskAsync(Visitor visitor)
    {
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
    }

    private static async Task ExpectDotsInPlaceAsync(IPage page)
    {
        await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        var errors = await Geometry.DotErrorsAsync(page);
        Assert.Equal(8, errors.Length);
        Assert.All(errors, error => Assert.InRange(error, 0, 1));
    }

    private static async Task ExpectInsideAsync(ILocator element, int width, int height)
    {
        var box = (await element.BoundingBoxAsync())!;
        Assert.InRange(box.X, 0, width - box.Width);
        Assert.InRange(box.Y, 0, height - box.Height);
    }

    /// <summary>Two lengths that are each the same within some pixels.</summary>
    private sealed class Within(double pixels) : IEqualityComparer<(float, float)>
    {
        public bool Equals((float, float) a, (float, float) b)
            => Math.Abs(a.Item1 - b.Item1) <= pixels && Math.Abs(a.Item2 - b.Item2) <= pixels;

        public int GetHashCode((float, float) value) => 0;
    }
}
