using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Dark and light, narrow windows, and the page's own policy.</summary>
public sealed class LookTests(Site site)
{
    [Fact]
    public async Task Page_DarkAndLight_DifferAndKeepTextReadable()
    {
        var backgrounds = new List<double>();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var visitor =
                await site.VisitAsync(options: new BrowserNewContextOptions { ColorScheme = scheme });
            await visitor.OpenAsync();
            await Expect(visitor.Composer).ToBeVisibleAsync();
            var (text, background) = await ColoursAsync(visitor.Page);
            Assert.True(Contrast(text, background) >= 4.5, $"{scheme}: contrast {Contrast(text, background):0.0}");
            backgrounds.Add(background);
            visitor.ExpectNoTrouble();
        }
        Assert.True(backgrounds[0] > 0.7 && backgrounds[1] < 0.1,
            $"Luminance of the backgrounds: {backgrounds[0]:0.00} and {backgrounds[1]:0.00}");
    }

    [Theory]
    [InlineData(320, 568)]
    [InlineData(390, 844)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Page_AnyWidth_NeedsNoSidewaysScrollingAndKeepsTheBoxInSight(int width, int height)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }
        });
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();
        Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0);

        await visitor.UploadAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await visitor.HearAsync("Point to the strawberries.");

        Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0);
        await Expect(visitor.Composer).ToBeInViewportAsync();
        await Expect(visitor.Photo).ToBeInViewportAsync();
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData("en-GB", 360)]
    [InlineData("de-DE", 390)]
    [InlineData("de-DE", 360)]
    [InlineData("es-ES", 360)]
    [InlineData("ar-EG", 360)]
    public async Task Acts_OnAPhone_StandInOneRowLargeEnoughForAThumb(string locale, int width)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            Locale = locale,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            HasTouch = true,
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        var acts = visitor.Page.GetByTestId("acts");
        foreach (var name in new[] { "check-count", "thumb-up", "thumb-down" })
            await Expect(acts.GetByTestId(name)).ToBeVisibleAsync();
        var boxes = await acts.EvaluateAsync<double[][]>(
            """
            acts => [...acts.querySelectorAll('.button')].map(button => button.getBoundingClientRect())
              .filter(box => box.width > 0)
              .map(box => [box.top + box.height / 2, box.width, box.height, box.left, box.right])
            """);
        Assert.All(boxes, box => Assert.InRange(box[0], boxes[0][0] - 1, boxes[0][0] + 1));
        Assert.All(boxes, box => Assert.True(box[1] >= 44 && box[2] >= 44, $"{box[1]} x {box[2]}"));
        Assert.All(boxes, box => Assert.True(box[3] >= 0 && box[4] <= width, $"{box[3]} to {box[4]}"));
        Assert.True(await acts.EvaluateAsync<bool>("acts => acts.scrollWidth <= acts.clientWidth"));
    }

    [Theory]
    [InlineData("en-GB", 600)]
    [InlineData("es-ES", 1024)]
    [InlineData("en-GB", 1280)]
    [InlineData("es-ES", 1280)]
    [InlineData("de-DE", 1366)]
    [InlineData("ar-EG", 1440)]
    public async Task Acts_InAWindow_StandInOneRowAndTheRestInTheMenu(string locale, int width)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            Locale = locale,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        var acts = visitor.Page.GetByTestId("acts");
        await Expect(acts.GetByTestId("check-count")).ToBeVisibleAsync();

        var middles = await acts.EvaluateAsync<double[]>(
            """
            acts => [...acts.querySelectorAll('.button')].map(button => button.getBoundingClientRect())
              .filter(box => box.width > 0).map(box => box.top + box.height / 2)
            """);
        Assert.All(middles, middle => Assert.InRange(middle, middles[0] - 1, middles[0] + 1));
        Assert.True(await acts.EvaluateAsync<bool>("acts => acts.scrollWidth <= acts.clientWidth"));

        await acts.GetByTestId("answer-more").ClickAsync();
        await Expect(acts.GetByTestId("inspect")).ToBeVisibleAsync();
        Assert.Equal(1, await VisibleAsync("[data-testid^='ask-again']"));
        Assert.Equal(1, await VisibleAsync("[data-share-answer]"));

        Task<int> VisibleAsync(string selector) => acts.Locator(selector).Filter(new() { Visible = true }).CountAsync();
    }

    /// <summary>
    /// Text twice as large is the same to a layout as half the window; colours may be the system's own.
    /// </summary>
    [Theory]
    [InlineData(1280, 200, ForcedColors.None)]
    [InlineData(640, 200, ForcedColors.Active)]
    [InlineData(320, 100, ForcedColors.Active)]
    public async Task Pages_LargeTextNarrowWindowForcedColours_LoseNothing(
        int width, int textPercent, ForcedColors colours)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ForcedColors = colours,
            Contrast = Microsoft.Playwright.Contrast.More,
            ReducedMotion = ReducedMotion.Reduce,
        });
        await visitor.Context.AddInitScriptAsync($"document.addEventListener('DOMContentLoaded', "
            + $"() => document.documentElement.style.fontSize = '{textPercent}%')");
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        // Under the mouse the button is drawn larger, to fractions of a pixel.
        await visitor.Page.Mouse.MoveAsync(0, 0);

        foreach (var handle
            in new[] { "history", "share", "more", "composer", "send", "how-to-ask", "region-tool", "points-open" })
            await Expect(visitor.Page.GetByTestId(handle))
                .ToBeInViewportAsync(new LocatorAssertionsToBeInViewportOptions { Ratio = 1 });
        var marks = await visitor.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('.dot > .mark')].map(mark => getComputedStyle(mark)).map(style => "
                + "`${style.backgroundColor} ${style.animationName}`)");
        Assert.NotEmpty(marks);
        Assert.All(marks, mark => Assert.Equal("rgb(251, 63, 151) none", mark));
        Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0);
        await visitor.Page.GetByTestId("more").ClickAsync();
        await visitor.Page.GetByTestId("keys-open").ClickAsync();
        await Expect(visitor.Page.GetByTestId("single-keys")).ToBeVisibleAsync();
        Assert.True(
            await visitor.Page.GetByTestId("keys").EvaluateAsync<bool>("list => list.scrollWidth <= list.clientWidth"));
        await visitor.Page.Keyboard.PressAsync("Escape");

        var shared = await visitor.ShareAsync();
        visitor.ExpectNoTrouble();
        foreach (var address in new[] { "/", shared, "/compare", "/leaderboard", "/api", "/nothing/here" })
        {
            await visitor.Page.GotoAsync(address);
            Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0, $"{address} has to be scrolled sideways.");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FirstScreen_SaysWhatIsKept_AndOffersTheCameraOnPhones(bool isPhone)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = isPhone ? new ViewportSize { Width = 390, Height = 844 } : null,
            HasTouch = isPhone,
            IsMobile = isPhone,
        });
        await visitor.OpenAsync();
        await Expect(visitor.Page.GetByTestId("kept"))
            .ToBeInViewportAsync(new LocatorAssertionsToBeInViewportOptions { Ratio = 1 });
        await Expect(visitor.Page.GetByTestId("kept")).ToContainTextAsync("until you delete them");
        await Expect(visitor.Page.GetByTestId("leave-no-trace")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator("[data-take-photo]"))
            .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Visible = isPhone });
    }

    [Fact]
    public async Task Page_CanBeInstalledAsAnApp()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        var browser = await visitor.Context.NewCDPSessionAsync(visitor.Page);
        await browser.SendAsync("Page.enable");

        var manifest = (await browser.SendAsync("Page.getAppManifest"))!.Value;
        var reasons = (await browser.SendAsync("Page.getInstallabilityErrors"))!.Value
            .GetProperty("installabilityErrors").EnumerateArray()
            .Select(error => error.GetProperty("errorId").GetString());

        Assert.Contains("Molmo", manifest.GetProperty("data").GetString(), StringComparison.Ordinal);
        Assert.Empty(manifest.GetProperty("errors").EnumerateArray());
        // Every test is a private window, in which nothing can be installed.
        Assert.Empty(reasons.Except(["in-incognito"]));
    }

    [Fact]
    public async Task Page_UnknownAddress_SaysSo()
    {
        await using var visitor = await site.VisitAsync();
        Assert.Equal(404, (await visitor.Page.GotoAsync("/s/AAAAAAAAAAAAAAAAAAAAAA"))!.Status);
        Assert.Equal(404, (await visitor.Page.GotoAsync("/nothing/here"))!.Status);
        await visitor.OpenAsync("/c/AAAAAAAAAAAAAAAAAAAAAA");
        await Expect(visitor.Error).ToBeVisibleAsync();
    }

    /// <summary>Relative luminance of the page's text and background, by the definition of WCAG.</summary>
    private static async Task<(double Text, double Background)> ColoursAsync(IPage page)
    {
        var luminances = await page.EvaluateAsync<double[]>(
            """
            () => {
              const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
              const luminance = colour => {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
                    .map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const [body, root] = [document.body, document.documentElement].map(element => getComputedStyle(element));
              return [luminance(body.color),
                  luminance(body.backgroundColor === 'rgba(0, 0, 0, 0)' ? root.backgroundColor : body.backgroundColor)];
            }
            """);
        return (luminances[0], luminances[1]);
    }

    private static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
}
