using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class GuardedDecoderTests
{
    private static readonly byte[] Black = [0, 0, 0], Red = [255, 0, 0], Green = [0, 255, 0], Blue = [0, 0, 255];
    private static readonly byte[] White = [255, 255, 255];
    private static readonly byte[] Bright = [30, 200, 40], Dark = [30, 10, 40];

    // A picture of 3 x 2 with one bright pixel, in its upper left corner.
    private static readonly byte[] Corner = WebpFile.Picture(3, 2, (x, y) => x + y == 0);

    private static readonly byte[] OneRed = GifFile.Make(1, 1, GifFile.Frame(0, 0, 1, 1, 1));

    private static readonly byte[] OneBlack = BmpFile.Make(1, 1, 24, 0, [], 0, 0, 0, 0);

    [Fact]
    public void Webp_Lossless_IsDecodedAndItsAlphaDropped()
    {
        var image = TestImages.Decode(WebpFile.Riff(WebpFile.Picture(3, 2, (x, _) => x == 1, alpha: 0)));

        AssertPixels(image, 3, Dark, Bright, Dark, Dark, Bright, Dark);
    }

    [Fact]
    public void Webp_Orientation_IsApplied()
    {
        var file = WebpFile.Riff(WebpFile.Canvas(3, 2, flags: 8), Corner, WebpFile.Chunk("EXIF", ExifBlock.Make(6)));

        AssertPixels(TestImages.Decode(file), 2, Dark, Bright, Dark, Dark, Dark, Dark);
    }

    [Fact]
    public void Webp_Moving_GivesItsFirstFrameOnItsCanvas()
    {
        var file = WebpFile.Riff(
            WebpFile.Canvas(4, 3, flags: 2), WebpFile.Chunk("ANIM", new byte[6]),
            WebpFile.Frame(0, 0, 3, 2, Corner), WebpFile.Frame(0, 0, 4, 3, WebpFile.Picture(4, 3, (_, _) => true)));

        AssertPixels(
            TestImages.Decode(file), 4,
            Bright, Dark, Dark, White,
            Dark, Dark, Dark, White,
            White, White, White, White);
    }

    [Fact]
    public void Webp_ThatAsksForAGigabyte_IsRefused()
    {
        var refusal = TestImages.Refuse(WebpFile.Bomb());

        Assert.Equal(ImageFault.TooMuchWork, refusal.Fault);
        Assert.Equal(new ImageHeader(ImageFormat.Webp, 64, 64), refusal.Header);
        Assert.Contains(nameof(OutOfMemoryException), refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, ImageFault, byte[]> BadWebps() => new()
    {
        { "head only", ImageFault.Incomplete, [.. "RIFF"u8, 4, 0, 0, 0, .. "WEBP"u8] },
        { "cut in its pixels", ImageFault.Incomplete, WebpFile.Riff(Corner)[..^4] },
        { "no picture", ImageFault.Incomplete, WebpFile.Riff(WebpFile.Canvas(3, 2, 0)) },
        { "another canvas", ImageFault.Damaged, WebpFile.Riff(WebpFile.Canvas(4, 2, 0), Corner) },
        { "frame over the canvas", ImageFault.Damaged, Moving(4, 3, WebpFile.Frame(2, 0, 3, 2, Corner)) },
        { "frame of another size", ImageFault.Damaged, Moving(4, 3, WebpFile.Frame(0, 0, 2, 2, Corner)) },
        { "canvas too large", ImageFault.TooLarge, Moving(1 << 24, 1 << 24, WebpFile.Frame(0, 0, 3, 2, Corner)) },
        { "no key frame", ImageFault.Damaged, Still("VP8 ", 1, 0, 0, 0x9D, 1, 0x2A, 8, 0, 8, 0) },
        { "no codes", ImageFault.Damaged, Still("VP8L", 0x2F, 2, 0, 0, 0, 0, 0) },
    };

    [Theory]
    [MemberData(nameof(BadWebps))]
    public void Webp_Bad_IsRefused(string name, ImageFault fault, byte[] file) => AssertRefused(name, fault, file);

    [Fact]
    public void Gif_TransparentEntry_ShowsTheGround()
    {
        var frame = GifFile.Frame(0, 0, 2, 2, 1, 2, 3, 0);
        var file = GifFile.Make(2, 2, GifFile.Comment(1, 2, 3), GifFile.Transparent(1), frame);

        AssertPixels(TestImages.Decode(file), 2, White, Green, Blue, Black);
        AssertPixels(TestImages.Decode(file, Ground.None), 2, Red, Green, Blue, Black);
    }

    [Fact]
    public void Gif_FrameSmallerThanItsScreen_StandsOnTheGround()
    {
        var second = GifFile.Frame(0, 0, 3, 2, new byte[6]);
        var file = GifFile.Make(3, 2, GifFile.Transparent(2), GifFile.Frame(1, 1, 1, 1, 3), second);

        AssertPixels(TestImages.Decode(file), 3, White, White, White, White, Blue, White);
        AssertPixels(TestImages.Decode(file, Ground.None), 3, Green, Green, Green, Green, Blue, Green);
    }

    [Fact]
    public void Gif_DamageBehindTheFirstFrame_IsNotLookedAt()
    {
        var file = GifFile.Make(1, 1, GifFile.Frame(0, 0, 1, 1, 1), [0x2C, 0xFF, 0x55]);

        AssertPixels(TestImages.Decode(file), 1, Red);
    }

    public static TheoryData<string, ImageFault, byte[]> BadGifs() => new()
    {
        { "head only", ImageFault.Incomplete, [.. "GIF89a"u8, 1, 0] },
        { "unknown version", ImageFault.Damaged, [.. "GIF88a"u8, .. OneRed[6..]] },
        { "no frame", ImageFault.Damaged, GifFile.Make(1, 1) },
        { "empty frame", ImageFault.Damaged, GifFile.Make(1, 1, GifFile.Frame(0, 0, 0, 1)) },
        { "cut in its pixels", ImageFault.Incomplete, OneRed[..^3] },
        { "screen too large", ImageFault.TooLarge, GifFile.Make(65535, 65535, GifFile.Frame(0, 0, 1, 1, 1)) },
        { "frame reaches too far", ImageFault.TooLarge, GifFile.Make(1, 1, GifFile.Frame(60000, 0, 1, 1, 1)) },
        { "unknown block", ImageFault.Damaged, GifFile.Make(1, 1, [0x55]) },
        { "endless extension", ImageFault.Incomplete, GifFile.Make(1, 1, [0x21, 0xFE, 200]) },
    };

    [Theory]
    [MemberData(nameof(BadGifs))]
    public void Gif_Bad_IsRefused(string name, ImageFault fault, byte[] file) => AssertRefused(name, fault, file);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Bmp_RowsFromEitherSide_ComeOutUpright(int direction)
    {
        byte[] first = [0, 0, 255, 0, 255, 0, 0, 0], second = [255, 0, 0, 0, 0, 0, 0, 0];
        byte[] rows = direction < 0 ? [.. first, .. second] : [.. second, .. first];
        var file = BmpFile.Make(2, 2 * direction, 24, 0, [], rows);

        AssertPixels(TestImages.Decode(file), 2, Red, Green, Blue, Black);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Bmp_WithAlpha_LiesOnTheGround(int direction)
    {
        byte[] first = [0, 0, 255, 0, 0, 255, 0, 255], second = [255, 0, 0, 255, 0, 0, 0, 255];
        byte[] rows = direction < 0 ? [.. first, .. second] : [.. second, .. first];

        AssertPixels(TestImages.Decode(BmpFile.MakeWithAlpha(2, 2 * direction, rows)), 2, White, Green, Blue, Black);
        // Where nothing would be seen, the writer did not mean it.
        byte[] clear = [0, 0, 255, 0, 0, 0, 0, 0];
        AssertPixels(TestImages.Decode(BmpFile.MakeWithAlpha(2, 1, clear)), 2, Red, Black);
    }

    [Fact]
    public void Webp_WithAlphaInItsPixels_LiesOnTheGround()
    {
        var file = WebpFile.Riff(WebpFile.Picture(3, 2, (x, _) => x == 1, alpha: 0, isAlphaUsed: true));

        AssertPixels(TestImages.Decode(file), 3, White, White, White, White, White, White);
        AssertPixels(TestImages.Decode(file, Ground.None), 3, Dark, Bright, Dark, Dark, Bright, Dark);
    }

    [Fact]
    public void Bmp_IndexWithoutAnEntry_IsBlack()
    {
        var file = BmpFile.Make(3, 1, 8, 0, [0, 0, 255, 0, 255, 0, 0, 0], 0, 1, 255, 0);

        AssertPixels(TestImages.Decode(file), 3, Red, Blue, Black);
    }

    [Fact]
    public void Bmp_Alpha_IsDropped()
        => AssertPixels(TestImages.Decode(BmpFile.Make(1, 1, 32, 0, [], 0, 255, 0, 7)), 1, Green);

    public static TheoryData<string, ImageFault, byte[]> BadBmps() => new()
    {
        { "head only", ImageFault.Incomplete, BmpFile.Make(1, 1, 24, 0, [])[..30] },
        { "cut in its pixels", ImageFault.Incomplete, BmpFile.Make(2, 2, 24, 0, [], new byte[15]) },
        { "no width", ImageFault.Damaged, BmpFile.Make(0, 2, 24, 0, []) },
        { "least height", ImageFault.Damaged, BmpFile.Make(1, int.MinValue, 24, 0, []) },
        { "run lengths", ImageFault.UnsupportedVariant, BmpFile.Make(2, 2, 8, 1, [], 2, 0, 0, 1) },
        { "a JPEG in it", ImageFault.UnsupportedVariant, BmpFile.Make(2, 2, 0, 4, [], 0xFF, 0xD8, 0xFF) },
        { "too large", ImageFault.TooLarge, BmpFile.Make(1 << 20, 1 << 20, 1, 0, []) },
        { "pixels in the header", ImageFault.Damaged, [.. OneBlack[..10], 20, .. OneBlack[11..]] },
    };

    [Theory]
    [MemberData(nameof(BadBmps))]
    public void Bmp_Bad_IsRefused(string name, ImageFault fault, byte[] file) => AssertRefused(name, fault, file);

    [Fact]
    public void Decode_TimeOver_IsRefusedAsTooMuchWork()
    {
        var refusal = TestImages.Refuse(WebpFile.Riff(Corner), new DecoderLimits(MaxSeconds: 0));

        Assert.Equal(ImageFault.TooMuchWork, refusal.Fault);
    }

    [Fact]
    public void Decode_CancelledMeanwhile_Throws()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(10));
        var large = GifFile.Make(4000, 4000, GifFile.Frame(0, 0, 1, 1, 1));

        Assert.Throws<OperationCanceledException>(
            () => ImageDecoder.Decode(large, DecoderLimits.Default, source.Token));
    }

    private static byte[] Moving(int width, int height, byte[] frame)
        => WebpFile.Riff(WebpFile.Canvas(width, height, flags: 2), frame);

    private static byte[] Still(string type, params byte[] data) => WebpFile.Riff(WebpFile.Chunk(type, data));

    private static void AssertRefused(string name, ImageFault fault, byte[] file)
        => Assert.Equal((name, fault), (name, TestImages.Refuse(file).Fault));

    private static void AssertPixels(RgbImage image, int width, params byte[][] pixels)
    {
        Assert.Equal(width, image.Width);
        Assert.Equal(pixels.SelectMany(pixel => pixel), image.Pixels);
    }
}
