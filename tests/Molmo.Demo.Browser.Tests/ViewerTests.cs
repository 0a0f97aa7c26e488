using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The photo from near: zoom, the way from dot to dot, groups, table, and questions about a part.</summary>
public sealed class ViewerTests(Site site)
{
    [Fact]
    public async Task Photo_ZoomedAndWalked_KeepsDotsInPlaceAndTellsTheAddress()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var answer = await visitor.HearAsync("Point to the strawberries.");
        Assert.True(answer.Points.Length >= 3);
        var viewer = new Viewer(visitor.Page);
        var (first, second) = (visitor.Points.Nth(0), visitor.Points.Nth(1));
        await viewer.ExpectZoomAsync(1);
        var size = (await first.BoundingBoxAsync())!;

        // Enter on a dot brings it to the middle from near; its size on the screen stays.
        await first.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await viewer.ExpectZoomAsync(3);
        Assert.True(await viewer.FromMiddleAsync(first) <= 1.5);
        Assert.All(await Geometry.DotErrorsAsync(visitor.Page), error => Assert.InRange(error, 0, 1));
        var near = (await first.BoundingBoxAsync())!;
        Assert.Equal((size.Width, size.Height), (near.Width, near.Height));
        await Expect(visitor.Page.Locator("[data-map]")).ToBeVisibleAsync();
        Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0);

        await visitor.Page.Keyboard.PressAsync("n");
        await Expect(second).ToBeFocusedAsync();
        await viewer.ExpectZoomAsync(3);
        await Expect(visitor.Page.GetByTestId("point-tooltip")).ToContainTextAsync("2");
        await visitor.Page.Keyboard.PressAsync("p");
        await Expect(first).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("n");
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("#g=1&p=2&z=3$"));

        // The address alone brings it back, through the server's drawing and the circuit's.
        await visitor.Page.ReloadAsync();
        await viewer.ExpectZoomAsync(3);
        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await viewer.ExpectZoomAsync(3);
        await Expect(visitor.Page.Locator("[data-testid=point][data-selected]")).ToHaveAttributeAsync("data-n", "2");

        await visitor.Page.Keyboard.PressAsync("-");
        await viewer.ExpectZoomAsync(3);   // single letters are nobody's while the viewer has no focus
        await viewer.Frame.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("0");
        await viewer.ExpectZoomAsync(1);
        await visitor.Page.Keyboard.PressAsync("+");
        await viewer.ExpectZoomAsync(1.6);

        // The wheel zooms at the pointer: what is under it stays there.
        var box = (await viewer.Frame.BoundingBoxAsync())!;
        var (x, y) = (box.X + (box.Width * 0.3f), box.Y + (box.Height * 0.4f));
        await visitor.Page.Mouse.MoveAsync(x, y);
        var before = await PercentAtAsync(visitor.Page, x, y);
        await visitor.Page.Mouse.WheelAsync(0, -200);
        await Expect(viewer.Root).Not.ToHaveAttributeAsync("data-zoom", "1.60");
        Assert.InRange(await viewer.ZoomAsync(), 2, 3);
        var after = await PercentAtAsync(visitor.Page, x, y);
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First, pair.Second, 0.3));
        Assert.All(await Geometry.DotErrorsAsync(visitor.Page), error => Assert.InRange(error, 0, 1));

        // A hold hides, a drag moves, and neither is a click.
        await visitor.Page.Keyboard.DownAsync("h");
        await Expect(viewer.Root).ToHaveAttributeAsync("data-hidden", "");
        await visitor.Page.Keyboard.UpAsync("h");
        await Expect(viewer.Root).Not.ToHaveAttributeAsync("data-hidden", "");
        await visitor.Page.Mouse.DownAsync();
        await visitor.Page.Mouse.MoveAsync(x + 30, y + 20, new MouseMoveOptions { Steps = 3 });
        await visitor.Page.Mouse.UpAsync();
        var moved = await PercentAtAsync(visitor.Page, x + 30, y + 20);
        Assert.All(after.Zip(moved), pair => Assert.Equal(pair.First, pair.Second, 1.0));

        Assert.InRange(await WorstRingContrastAsync(first), 3, 21);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Question_AboutAPart_SendsThatPartAndPutsItsDotsOnTheWholePhoto()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");

        // By keys: the box stands in the middle, Shift and an arrow make it larger.
        await visitor.Page.GetByTestId("region-tool").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("region-box")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Shift+ArrowRight");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("region-note")).ToBeVisibleAsync();
        await Expect(visitor.Composer).ToBeFocusedAsync();
        var pending = (await visitor.Page.GetByTestId("region-pending").GetAttributeAsync("data-pending"))!
            .Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([20, 20, 62, 60], pending.Select(part => Math.Round(part)));
        await visitor.Page.GetByTestId("region-remove").ClickAsync();
        await Expect(visitor.Page.GetByTestId("region-note")).ToHaveCountAsync(0);

        // By the pointer: the right half, 480 of 960 pixels.
        await visitor.Page.GetByTestId("region-tool").ClickAsync();
        var photo = (await visitor.Photo.BoundingBoxAsync())!;
        await visitor.Page.Mouse.MoveAsync(photo.X + (photo.Width / 2), photo.Y + 1);
        await visitor.Page.Mouse.DownAsync();
        await visitor.Page.Mouse.MoveAsync(
            photo.X + photo.Width + 5, photo.Y + photo.Height + 5, new MouseMoveOptions { Steps = 4 });
        await visitor.Page.Mouse.UpAsync();
        await visitor.Page.GetByTestId("region-take").ClickAsync();
        await Expect(visitor.Page.GetByTestId("region-note")).ToBeVisibleAsync();

        var answer = await visitor.HearAsync("Point to the strawberries.");

        Assert.NotEmpty(answer.Points);
        Assert.All(answer.Places, place => Assert.InRange(place.X, 49.5, 100));
        await visitor.ShowDetailsAsync();
        Assert.Matches("(479|480|481) × 7[12][0-9]", await visitor.Answer.GetByTestId("details").InnerTextAsync());
        Assert.All(await Geometry.DotErrorsAsync(visitor.Page), error => Assert.InRange(error, 0, 1));
        await Expect(visitor.Page.GetByTestId("region")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByTestId("region-note")).ToHaveCountAsync(0);

        // A dot's own question is about a square around it.
        await visitor.Points.First.ClickAsync();
        await visitor.Page.GetByTestId("point-tooltip").GetByText("What is this?").ClickAsync();
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(3);
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Page.GetByTestId("region-thumb")).ToHaveCountAsync(2);
        await visitor.ShowDetailsAsync();
        await Expect(visitor.Answer.GetByTestId("details")).ToContainTextAsync("192 × 192");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Link_WithManyDots_ClustersThemAndOffersGroupsAndATable()
    {
        await using var visitor = await site.VisitAsync(
            options: new BrowserNewContextOptions { Permissions = ["clipboard-read", "clipboard-write"] });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        var link = await visitor.ShareAsync();
        Viewer.Rewrite(site.Server, link, $"See {Points(150, "=ant(1)", 10)} and {Points(50, "bee", 60)}.");
        var viewer = new Viewer(visitor.Page);

        await visitor.Page.GotoAsync(link);
        await Expect(visitor.Points).ToHaveCountAsync(200);
        var bubbles = visitor.Page.GetByTestId("cluster");
        await Expect(bubbles.First).ToBeVisibleAsync();
        await Expect(Numbers("ant")).ToHaveCountAsync(0);
        var counted = (await bubbles.AllInnerTextsAsync()).Sum(text => int.Parse(text, CultureInfo.InvariantCulture));
        Assert.Equal(200, counted + await visitor.Page.Locator("[data-testid=point]:not([data-in])").CountAsync());
        Assert.All(await Geometry.DotErrorsAsync(visitor.Page), error => Assert.InRange(error, 0, 1));
        await bubbles.First.ClickAsync();
        await viewer.ExpectZoomAsync(2);

        // Fewer than many are shown: no bubbles. From near, numbers.
        var legend = visitor.Page.GetByTestId("legend");
        await legend.First.ClickAsync();
        await Expect(bubbles).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator("[data-testid=point][data-off]")).ToHaveCountAsync(150);
        await legend.First.ClickAsync(new LocatorClickOptions { Modifiers = [KeyboardModifier.Alt] });
        await Expect(visitor.Page.Locator("[data-testid=point][data-off]")).ToHaveCountAsync(50);
        await visitor.Page.GotoAsync(link + "#g=2&p=7&z=4");
        await viewer.ExpectZoomAsync(4);
        await Expect(visitor.Page.Locator("[data-testid=point][data-selected]"))
            .ToHaveAttributeAsync("data-place", "7 of 50");
        await Expect(visitor.Page.Locator("[data-testid=point][data-off]")).ToHaveCountAsync(0);
        await Expect(bubbles).ToHaveCountAsync(0);
        Assert.True(await Numbers("bee").CountAsync() > 10);
        await viewer.Frame.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("]");
        await Expect(visitor.Page.Locator("[data-testid=point][data-selected]"))
            .ToHaveAttributeAsync("data-place", "1 of 150");

        await visitor.Page.GetByTestId("points-open").ClickAsync();
        var rows = visitor.Page.Locator("[data-rows] > tr");
        await Expect(rows).ToHaveCountAsync(200);
        await visitor.Page.Locator("[data-sort=x]").ClickAsync();
        await visitor.Page.Locator("[data-sort=x]").ClickAsync();
        await Expect(rows.First).ToContainTextAsync("bee");
        await visitor.Page.GetByTestId("points-copy").ClickAsync();
        await Expect(visitor.Page.GetByTestId("points-copy"))
            .ToHaveClassAsync(new System.Text.RegularExpressions.Regex("copied"));
        var lines = (await visitor.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"))
            .TrimEnd('\n').Split('\n');
        Assert.Equal(201, lines.Length);
        Assert.Equal("No.\tLabel\tx %\ty %\tx px\ty px", lines[0].TrimEnd('\r'));
        Assert.Matches(@"^\d+\t'=ant\(1\)\t\d+\.\d\t\d+\.\d\t\d+\t\d+\r?$", lines[^1]);
        await visitor.Page.GetByTestId("points-crops").ClickAsync();
        await visitor.Page.Locator("[data-crops] > button").First.ClickAsync();
        await Expect(visitor.Page.Locator("[data-sheet][open]")).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator("[data-testid=point][data-selected]")).ToBeFocusedAsync();
        visitor.ExpectNoTrouble();

        ILocator Numbers(string name)
            => visitor.Page.Locator($"[data-testid=point][data-name*='{name}']:not([data-in]) > b:visible");
    }

    /// <summary>A group in rows of ten, spread to the right of <paramref name="left"/> percent.</summary>
    private static string Points(int count, string alt, int left)
        => "<points "
            + string.Join(' ', Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture,
                $"x{i + 1}=\"{left + (i % 10 * 3.5):0.0}\" y{i + 1}=\"{5 + (i / 10 * 6):0.0}\"")))
            + $" alt=\"{alt}\">{alt}</points>";

    private static async Task<double[]> PercentAtAsync(IPage page, float x, float y)
        => await page.EvaluateAsync<double[]>(
            """
            async ([x, y]) => {
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              const box = document.querySelector('[data-testid=photo]').getBoundingClientRect();
              return [(x - box.left) / box.width * 100, (y - box.top) / box.height * 100];
            }
            """, new[] { x, y });

    /// <summary>
    /// The better contrast of the dot's light ring and dark line against the photo around, on the worst grey there is.
    /// </summary>
    private static Task<double> WorstRingContrastAsync(ILocator dot) => dot.EvaluateAsync<double>(
        """
        dot => {
          const style = getComputedStyle(dot.querySelector('.mark'));
          const numbers = text => text.match(/[\d.]+/g).map(Number);
          const ring = numbers(style.borderTopColor),
              [r, g, b, opacity = 1] = numbers(style.boxShadow.match(/rgba?\([^)]*\)/)[0]);
          const luminance =
              colour => colour.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          let worst = 21;
          for (let grey = 0; grey < 256; grey++) {
            const photo = luminance([grey, grey, grey]);
            const line = luminance([r, g, b].map(v => v * opacity + grey * (1 - opacity)));
            worst = Math.min(worst, Math.max(contrast(luminance(ring), line), contrast(line, photo)));
          }
          return worst;
        }
        """);
}
