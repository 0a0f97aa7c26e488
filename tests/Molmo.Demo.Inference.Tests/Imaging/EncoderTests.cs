using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Imaging.Jpeg;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class EncoderTests
{
    public static TheoryData<int, int> Sizes()
        => new() { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 7, 5 }, { 16, 16 }, { 17, 33 }, { 300, 200 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Png_AnySize_ComesBackEqual(int width, int height)
    {
        foreach (var image in new[] { TestImages.Noise(width, height), TestImages.Scene(width, height) })
        {
            var back = TestImages.Decode(TestImages.EncodePng(image));
            Assert.Equal((width, height), (back.Width, back.Height));
            Assert.Equal(image.Pixels, back.Pixels);
        }
    }

    [Fact]
    public void Png_Scene_IsMuchSmallerThanItsPixels()
    {
        var image = TestImages.Scene(400, 300);
        Assert.InRange(TestImages.EncodePng(image).Length, 1, image.Pixels.Length / 20);
    }

    [Fact]
    public void Png_File_HasNoOtherChunks()
    {
        var file = TestImages.EncodePng(TestImages.Noise(30, 30));
        var position = PngFile.Signature.Length;
        var types = new List<string>();
        while (Molmo.Demo.Inference.Imaging.Png.PngChunkReader.TryRead(file, position, out var chunk))
        {
            types.Add(Encoding.ASCII.GetString(file, position + 4, 4));
            position = chunk.End;
        }
        Assert.Equal(file.Length, position);
        Assert.Equal(["IHDR", "IDAT", "IEND"], types.Distinct());
    }

    [Theory]
    [InlineData(95, 38)]
    [InlineData(90, 36)]
    [InlineData(75, 30)]
    [InlineData(30, 26)]
    public void Jpeg_Scene_ComesBackCloseForItsQuality(int quality, double decibels)
    {
        var image = TestImages.Scene(203, 149);
        Assert.InRange(
            TestImages.SignalToNoise(image, TestImages.Decode(TestImages.EncodeJpeg(image, quality))), decibels, 99);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Jpeg_AnySize_ComesBackWithItsSize(int width, int height)
    {
        var image = TestImages.Scene(width, height);
        foreach (var quality in new[] { 1, 50, 89, 90, 100 })
        {
            var back = TestImages.Decode(TestImages.EncodeJpeg(image, quality));
            Assert.Equal((width, height), (back.Width, back.Height));
        }
    }

    [Fact]
    public void Jpeg_NoiseAtFullQuality_ComesBackWithinRounding()
    {
        var image = TestImages.Noise(64, 48);
        Assert.InRange(TestImages.SignalToNoise(image, TestImages.Decode(TestImages.EncodeJpeg(image, 100))), 45, 99);
    }

    [Theory]
    [InlineData(100, 255)]
    [InlineData(100, 0)]
    [InlineData(50, 255)]
    public void Jpeg_FlatColour_KeepsIt(int quality, byte level)
    {
        var image = new RgbImage(20, 20, [.. Enumerable.Repeat(level, 20 * 20 * 3)]);
        Assert.All(TestImages.Decode(TestImages.EncodeJpeg(image, quality)).Pixels,
            p => Assert.InRange(p, level - 2, level + 2));
    }

    [Fact]
    public void Jpeg_HardEdges_UseTheWholeRangeOfCodes()
    {
        var pixels = new byte[64 * 64 * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (i / 3 % 64 + i / 3 / 64) % 2 == 0 ? (byte)255 : (byte)0;
        var image = new RgbImage(64, 64, pixels);
        Assert.InRange(TestImages.SignalToNoise(image, TestImages.Decode(TestImages.EncodeJpeg(image, 100))), 40,
            double.PositiveInfinity);
    }

    [Fact]
    public void Jpeg_File_HasNoMetadataBeyondJfif()
    {
        var file = TestImages.EncodeJpeg(TestImages.Scene(30, 30), 95);
        var markers = new List<byte>();
        for (var at = 2; file[at + 1] != JpegMarker.Sos; at += 2 + (file[at + 2] << 8 | file[at + 3]))
            markers.Add(file[at + 1]);
        Assert.DoesNotContain(markers, marker => marker is > JpegMarker.App0 and <= JpegMarker.App0 + 15 or 0xFE);
    }

    [Fact]
    public void Jpeg_DotAtHighQuality_KeepsItsColourToTheEdge()
    {
        var image = new RgbImage(33, 33, [.. Enumerable.Repeat((byte)128, 33 * 33 * 3)]);
        for (var x = 11; x < 22; x++) (image.Pixels[(16 * 33 + x) * 3], image.Pixels[(16 * 33 + x) * 3 + 2]) = (255, 0);
        var back = TestImages.Decode(TestImages.EncodeJpeg(image, 95));
        for (var x = 10; x < 23; x++)
            Assert.InRange(back.Pixels[(16 * 33 + x) * 3], image.Pixels[(16 * 33 + x) * 3] - 30,
                image.Pixels[(16 * 33 + x) * 3] + 30);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Jpeg_QualityOutOfRange_Throws(int quality)
        => Assert.Throws<ArgumentOutOfRangeException>(
            () => JpegEncoder.Encode(TestImages.Noise(1, 1), quality, Stream.Null));
}
