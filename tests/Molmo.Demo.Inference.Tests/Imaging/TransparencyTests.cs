using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class TransparencyTests
{
    private static readonly byte[] Palette = [10, 20, 30, 40, 50, 60, 70, 80, 90];

    // Each has two dark pixels of which the first is transparent.
    public static TheoryData<string, byte[], byte[]> Layouts() => new()
    {
        { "grey and alpha 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 4), [0, 9, 0, 11, 255]), [11, 11, 11] },
        { "grey and alpha 16",
            PngFile.Make(PngFile.Ihdr(2, 1, 16, 4), [0, 9, 1, 0, 0, 11, 1, 255, 255]), [11, 11, 11] },
        { "rgba 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 6), [0, 1, 2, 3, 0, 4, 5, 6, 255]), [4, 5, 6] },
        { "rgba 16", PngFile.Make(
            PngFile.Ihdr(2, 1, 16, 6), [0, 1, 0, 2, 0, 3, 0, 0, 0, 4, 0, 5, 0, 6, 0, 255, 255]), [4, 5, 6] },
        { "palette 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 3), [0, 0, 1], PngFile.Chunk("PLTE", Palette),
            PngFile.Chunk("tRNS", [0])), [40, 50, 60] },
        { "palette 2", PngFile.Make(PngFile.Ihdr(2, 1, 2, 3), [0, 0b0001_0000], PngFile.Chunk("PLTE", Palette),
            PngFile.Chunk("tRNS", [0, 255])), [40, 50, 60] },
        { "grey key 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 0), [0, 7, 8], PngFile.Chunk("tRNS", [0, 7])), [8, 8, 8] },
        { "grey key 2", PngFile.Make(PngFile.Ihdr(2, 1, 2, 0), [0, 0b0001_0000], PngFile.Chunk("tRNS", [0, 0])),
            [85, 85, 85] },
        { "grey key 16, of which both bytes count", PngFile.Make(
            PngFile.Ihdr(2, 1, 16, 0), [0, 1, 2, 1, 3], PngFile.Chunk("tRNS", [1, 2])), [1, 1, 1] },
        { "colour key 8", PngFile.Make(
            PngFile.Ihdr(2, 1, 8, 2), [0, 1, 2, 3, 1, 2, 4], PngFile.Chunk("tRNS", [0, 1, 0, 2, 0, 3])), [1, 2, 4] },
        { "colour key 16", PngFile.Make(
            PngFile.Ihdr(2, 1, 16, 2), [0, 1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 3, 1],
            PngFile.Chunk("tRNS", [1, 0, 2, 0, 3, 0])), [1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Decode_TransparentPixel_ShowsTheGround(string layout, byte[] file, byte[] second)
    {
        Assert.True(TestImages.Decode(file).Pixels.SequenceEqual((byte[])[255, 255, 255, .. second]), layout);
        Assert.True(
            TestImages.Decode(file, Ground.Black).Pixels.SequenceEqual((byte[])[0, 0, 0, .. second]), layout);
    }

    [Fact]
    public void Decode_LightDrawing_LiesOnBlack()
    {
        var file = PngFile.Make(PngFile.Ihdr(3, 1, 8, 4), [0, 0, 0, 128, 255, 255, 255]);

        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255], TestImages.Decode(file).Pixels);
    }

    [Fact]
    public void Decode_ColoursThatNobodySees_DecideNothing()
    {
        // A dark pixel among many transparent ones of white, and a light one among black.
        byte[] white = [0, .. Enumerable.Repeat<byte[]>([255, 0], 9).SelectMany(pixel => pixel), 10, 255];
        byte[] black = [0, .. Enumerable.Repeat<byte[]>([0, 0], 9).SelectMany(pixel => pixel), 250, 255];

        Assert.Equal(255, TestImages.Decode(PngFile.Make(PngFile.Ihdr(10, 1, 8, 4), white)).Pixels[0]);
        Assert.Equal(0, TestImages.Decode(PngFile.Make(PngFile.Ihdr(10, 1, 8, 4), black)).Pixels[0]);
    }

    [Fact]
    public void Decode_WhatAnEraserRemoved_IsInNoPixel()
    {
        var (one, other) = (Erased(1), Erased(2));

        Assert.NotEqual(TestImages.Decode(one, Ground.None).Pixels, TestImages.Decode(other, Ground.None).Pixels);
        Assert.Equal(TestImages.Decode(one).Pixels, TestImages.Decode(other).Pixels);

        static byte[] Erased(int seed)
        {
            var rows = new byte[20 * (1 + 20 * 4)];
            new Random(seed).NextBytes(rows);
            for (var y = 0; y < 20; y++)
            {
                rows[y * 81] = 0;
                for (var x = 0; x < 20; x++) rows[y * 81 + 4 + 4 * x] = 0;
            }
            return PngFile.Make(PngFile.Ihdr(20, 20, 8, 6), rows);
        }
    }

    [Fact]
    public void Decode_HalfTransparentPixel_IsMixed()
    {
        var file = PngFile.Make(PngFile.Ihdr(1, 1, 8, 6), [0, 100, 50, 0, 51]);

        // A fifth of the colour and four of white.
        Assert.Equal([224, 214, 204], TestImages.Decode(file).Pixels);
    }

    [Fact]
    public void Decode_TurnedAndInterlaced_TurnsAlphaAlong()
    {
        // One column of the first pass, and what follows it: 2 x 2 pixels of which the upper left is transparent.
        byte[] rows = [0, 1, 0, 0, 2, 255, 0, 3, 255, 4, 255];
        var file = PngFile.Make(
            PngFile.Ihdr(2, 2, 8, 4, interlace: 1), rows, PngFile.Chunk("eXIf", ExifBlock.Make(6)));

        var image = TestImages.Decode(file);

        Assert.Equal([3, 255, 4, 2], image.Pixels.Where((_, i) => i % 3 == 0));
    }

    [Theory]
    [InlineData("alpha-black.png")]
    [InlineData("alpha-black.webp")]
    public async Task Decode_BlackRingsOnNothing_AreSeen(string name)
    {
        var file = await File.ReadAllBytesAsync(
            Path.Combine(TestData.Reports, name), TestContext.Current.CancellationToken);

        var image = TestImages.Decode(file);

        Assert.Equal(255, image.Pixels[0]);
        Assert.InRange(image.Pixels.Count(value => value < 64) / 3, 2_000, 40_000);
        Assert.InRange(image.Pixels.Average(value => value), 225.0, 252.0);
    }
}
