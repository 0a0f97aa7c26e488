using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// A dot is where its percent of the upright picture is, however the camera was held and however wide the window is.
/// </summary>
public sealed class PlacementTests(Site site)
{
    private const string Scene = "scene-08.jpg";
    private const string Question = "Point to the strawberries.";

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(
        7), InlineData(8)]
    public async Task Point_PhotoOfAnyOrientation_IsWithinOnePixelOfItsPercent(int orientation)
    {
        var upright =
            Photos.Decode(await File.ReadAllBytesAsync(Photos.Sample(Scene), TestContext.Current.CancellationToken));
        var file = Photos.Oriented(upright, orientation);
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        await visitor.UploadAsync($"held-{orientation}.jpg", "image/jpeg", file);
        await Assertions.Expect(visitor.Photo).ToBeVisibleAsync();
        Assert.Equal((upright.Width, upright.Height), await Geometry.PhotoSizeAsync(visitor.Page));
        var source = await visitor.Photo.GetAttributeAsync("src");
        var shown =
            await (await visitor.Context.APIRequest.GetAsync(new Uri(new Uri(visitor.Page.Url), source).ToString()))
                .BodyAsync();
        Assert.Equal(-1, shown.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Photos.Canary)));

        var answer = await visitor.HearAsync(Question);
        Assert.NotEmpty(answer.Points);
        await ExpectDotsInPlaceAsync(visitor.Page, answer);

        foreach (var (width, height) in new[] { (390, 844), (320, 568), (1920, 1080), (844, 390) })
        {
            await visitor.Page.SetViewportSizeAsync(width, height);
            await ExpectDotsInPlaceAsync(visitor.Page, answer);
            Assert.True(await Geometry.OverflowAsync(visitor.Page) <= 0, $"The page is wider than {width} pixels.");
        }

        await visitor.Points.First.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await new Viewer(visitor.Page).ExpectZoomAsync(3);
        await ExpectDotsInPlaceAsync(visitor.Page, answer);

        // The picture itself is upright: its colours lie where those of the original lie.
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var expected = await Geometry.PhotoColoursAsync(visitor.Page);
        await visitor.OpenAsync();
        await visitor.UploadAsync($"again-{orientation}.jpg", "image/jpeg", file);
        await Assertions.Expect(visitor.Photo).ToBeVisibleAsync();
        var colours = await Geometry.PhotoColoursAsync(visitor.Page);
        Assert.All(expected.Zip(colours), pair => Assert.InRange(pair.Second, pair.First - 6, pair.First + 6));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_UploadOnAPhone_ShowsDotsInPlace()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
            DeviceScaleFactor = 3,
            IsMobile = true,
            HasTouch = true,
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));

        var answer = await visitor.HearAsync(Question);

        await ExpectDotsInPlaceAsync(visitor.Page, answer);
        await visitor.Points.First.TapAsync();
        await Assertions.Expect(visitor.Page.GetByTestId("point-tooltip")).ToBeVisibleAsync();
        visitor.ExpectNoTrouble();
    }

    private static async Task ExpectDotsInPlaceAsync(IPage page, SeenAnswer answer)
    {
        await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        var errors = await Geometry.DotErrorsAsync(page);
        Assert.Equal(answer.Points.Length, errors.Length);
        Assert.All(errors, error => Assert.InRange(error, 0, 1));
    }
}
