using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Sharing;

public sealed class PreviewCardTests
{
    private const int MaxBytes = 300_000;
    private const int Stage = 0x1a1820;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(800, 600)]
    [InlineData(300, 900)]
    [InlineData(2000, 250)]
    [InlineData(7, 7)]
    [InlineData(1, 400)]
    public void Draw_Photo_StandsWholeAndCentredOnTheStage(int width, int height)
    {
        var card = Decode(PreviewCard.Draw(Plain(width, height), []));

        var (left, top, fittedWidth, fittedHeight) = PreviewCard.Fit(width, height);
        Assert.Equal((1200, 630), (card.Width, card.Height));
        Assert.True(fittedWidth == 1152 || fittedHeight == 582);
        if (fittedWidth >= 8) AssertNear(0x6090c0, Pixel(card, left + (fittedWidth / 2), top + (fittedHeight / 2)));
        AssertNear(Stage, Pixel(card, 4, 4));
        AssertNear(Stage, Pixel(card, 1195, 625));
    }

    [Fact]
    public void Draw_Dots_StandWherePercentSays()
    {
        ImmutableArray<PointSegment> groups =
        [
            new(0, [new ImagePoint(1, 25, 30), new ImagePoint(2, 75, 80)], "t", "a", true),
            new(1, [new ImagePoint(1, 50, 50)], "t", "a", true),
        ];

        var card = Decode(PreviewCard.Draw(Plain(800, 600), groups));

        var (left, top, width, height) = PreviewCard.Fit(800, 600);
        foreach (var (x, y, colour) in new[] { (25.0, 30.0, 0xff4fa3), (75, 80, 0xff4fa3), (50, 50, 0x38b6ff) })
        {
            var (centreX, centreY) = (left + (x / 100 * width), top + (y / 100 * height));
            AssertNear(colour, Pixel(card, (int)centreX, (int)centreY));
            AssertCentre(card, centreX, centreY);
        }
    }

    [Fact]
    public void Draw_NoiseAndFiveHundredDots_StaysSmall()
    {
        var pixels = new byte[1200 * 630 * 3];
        new Random(3).NextBytes(pixels);
        var points =
            Enumerable.Range(0, 500).Select(n => new ImagePoint(n + 1, n % 25 * 4, n / 25 * 5)).ToImmutableArray();

        var card = PreviewCard.Draw(new RgbImage(1200, 630, pixels), [new PointSegment(0, points, "t", "a", true)]);

        Assert.InRange(card.Length, 1, MaxBytes);
    }

    [Fact]
    public void Draw_PointsInTheCorners_AreInside()
    {
        ImmutableArray<PointSegment> corners =
            [new(0, [new(1, 0, 0), new(2, 100, 0), new(3, 0, 100), new(4, 100, 100)], "", "", true)];

        var card = Decode(PreviewCard.Draw(Plain(1200, 630), corners));

        var (left, top, width, height) = PreviewCard.Fit(1200, 630);
        AssertNear(0xff4fa3, Pixel(card, left, top));
        AssertNear(0xff4fa3, Pixel(card, left + width, top + height));
    }

    [Fact]
    public async Task Preview_FirstAnswerThatPoints_IsDrawnOnItsOwnPhoto()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var plain = (await person.UploadAsync(Rasters.Png(600, 300, 10, 20, 30))).Text("id");
        var pointed = (await person.UploadAsync(Rasters.Png(600, 300, 0, 160, 0))).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(plain),
            ("what", "A dark field.", plain, EndReason.Finished),
            ("where", "<point x=\"50\" y=\"50\" alt=\"a\">t</point>", pointed, EndReason.Finished)));

        using var response = await person.GetAsync($"/s/{id}/og.jpg", Cancellation);
        var card = Decode(await response.Content.ReadAsByteArrayAsync(Cancellation));

        Assert.Equal("image/jpeg", response.Content.Headers.ContentType?.ToString());
        AssertNear(0x00a000, Pixel(card, 300, 315));
        AssertNear(0xff4fa3, Pixel(card, 600, 315));
    }

    [Fact]
    public async Task Preview_ConversationWithoutPicture_IsTheStage()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("what", "Nothing.", null, EndReason.Finished)));

        var card = Decode(await person.GetByteArrayAsync($"/s/{id}/og.jpg", Cancellation));

        AssertNear(Stage, Pixel(card, 600, 315));
    }

    private static RgbImage Plain(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (0x60, 0x90, 0xc0);
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Decode(byte[] jpeg) => ImageDecoder.Decode(jpeg, DecoderLimits.Default, Cancellation);

    private static int Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2];
    }

    // JPEG may move a colour a little.
    private static void AssertNear(int expected, int actual)
    {
        for (var shift = 0; shift < 24; shift += 8)
            Assert.True(Math.Abs(((expected >> shift) & 0xff) - ((actual >> shift) & 0xff)) <= 12,
                $"expected #{expected:x6}, found #{actual:x6}");
    }

    // Half way between the white rings on either side is the centre, within a pixel.
    private static void AssertCentre(RgbImage card, double x, double y)
    {
        Assert.InRange(Middle(offset => Pixel(card, offset, (int)y), (int)x), x - 1, x + 1);
        Assert.InRange(Middle(offset => Pixel(card, (int)x, offset), (int)y), y - 1, y + 1);

        static double Middle(Func<int, int> pixelAt, int start)
        {
            int Edge(int step)
            {
                var at = start;
                while (!IsWhite(pixelAt(at))) at += step;
                return at;
            }
            return (Edge(-1) + Edge(1) + 1) / 2.0;
        }
    }

    private static bool IsWhite(int pixel)
        => (pixel & 0xff) > 215 && ((pixel >> 8) & 0xff) > 215 && (pixel >> 16) > 215;
}
