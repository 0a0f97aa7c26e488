using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class PngDecoderTests
{
    private static readonly byte[] Palette = [10, 20, 30, 40, 50, 60, 70, 80, 90];

    public static TheoryData<string, byte[], byte[]> SampleLayouts() => new()
    {
        { "grey 1", PngFile.Make(PngFile.Ihdr(3, 1, 1, 0), [0, 0b1010_0000]), [255, 255, 255, 0, 0, 0, 255, 255, 255] },
        { "grey 2", PngFile.Make(PngFile.Ihdr(3, 1, 2, 0), [0, 0b0001_1000]), [0, 0, 0, 85, 85, 85, 170, 170, 170] },
        { "grey 4", PngFile.Make(PngFile.Ihdr(2, 1, 4, 0), [0, 0x1F]), [17, 17, 17, 255, 255, 255] },
        { "grey 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 0), [0, 7, 200]), [7, 7, 7, 200, 200, 200] },
        { "grey 16", PngFile.Make(PngFile.Ihdr(1, 2, 16, 0), [0, 7, 255, 0, 8, 0]), [7, 7, 7, 8, 8, 8] },
        { "rgb 8", PngFile.Make(PngFile.Ihdr(1, 1, 8, 2), [0, 1, 2, 3]), [1, 2, 3] },
        { "rgb 16", PngFile.Make(PngFile.Ihdr(1, 1, 16, 2), [0, 1, 255, 2, 255, 3, 255]), [1, 2, 3] },
        { "grey and alpha 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 4), [0, 9, 0, 11, 255]), [9, 9, 9, 11, 11, 11] },
        { "grey and alpha 16", PngFile.Make(PngFile.Ihdr(1, 1, 16, 4), [0, 9, 1, 0, 0]), [9, 9, 9] },
        { "rgba 8, transparent", PngFile.Make(PngFile.Ihdr(1, 1, 8, 6), [0, 1, 2, 3, 0]), [1, 2, 3] },
        { "rgba 16", PngFile.Make(PngFile.Ihdr(1, 1, 16, 6), [0, 1, 0, 2, 0, 3, 0, 0, 0]), [1, 2, 3] },
        { "palette 2",
            PngFile.Make(PngFile.Ihdr(3, 1, 2, 3), [0, 0b0001_1000], PngFile.Chunk("PLTE", Palette)), Palette },
        { "palette 8", PngFile.Make(PngFile.Ihdr(2, 1, 8, 3), [0, 2, 1], PngFile.Chunk("PLTE", Palette),
            PngFile.Chunk("tRNS", [0, 0, 0])),
            [70, 80, 90, 40, 50, 60] },
        { "palette index without entry",
            PngFile.Make(PngFile.Ihdr(1, 1, 8, 3), [0, 200], PngFile.Chunk("PLTE", Palette)), [200, 200, 200] },
    };

    [Theory]
    [MemberData(nameof(SampleLayouts))]
    public void Decode_SampleLayout_GivesRgb(string layout, byte[] file, byte[] expected)
        => Assert.True(TestImages.Decode(file, Ground.None).Pixels.SequenceEqual(expected), layout);

    public static TheoryData<string, ImageFault, byte[]> Refusals()
    {
        var ihdr = PngFile.Chunk("IHDR", PngFile.Ihdr(2, 2, 8, 0));
        var idat = PngFile.Chunk("IDAT", PngFile.Deflate([0, 1, 2, 0, 3, 4]));
        var iend = PngFile.Chunk("IEND", []);
        byte[] Whole(params byte[][] chunks) => PngFile.Join([PngFile.Signature, .. chunks]);
        byte[] WithHeader(byte[] header) => Whole(PngFile.Chunk("IHDR", header), idat, iend);
        byte[] Broken(byte[] chunk)
        {
            var broken = chunk.ToArray();
            broken[^1] ^= 1;
            return broken;
        }
        return new()
        {
            { "signature only", ImageFault.Incomplete, PngFile.Signature },
            { "text transfer", ImageFault.Damaged, [0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A, .. ihdr] },
            { "no IHDR", ImageFault.Damaged, Whole(idat, iend) },
            { "IHDR twice", ImageFault.Damaged, Whole(ihdr, ihdr, idat, iend) },
            { "short IHDR", ImageFault.Damaged, WithHeader([0, 0, 0, 2, 0, 0, 0, 2, 8, 0]) },
            { "IHDR checksum", ImageFault.Damaged, Whole(Broken(ihdr), idat, iend) },
            { "zero width", ImageFault.Damaged, WithHeader(PngFile.Ihdr(0, 2, 8, 0)) },
            { "zero height", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 0, 8, 0)) },
            { "width 2^31", ImageFault.Damaged, WithHeader(PngFile.Ihdr(0x80000000, 2, 8, 0)) },
            { "width 2^31 - 1", ImageFault.TooLarge, WithHeader(PngFile.Ihdr(int.MaxValue, 2, 8, 0)) },
            { "bit depth 3", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 3, 0)) },
            { "4-bit colour", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 4, 2)) },
            { "16-bit palette", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 16, 3)) },
            { "colour type 5", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 8, 5)) },
            { "compression 1", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 8, 0, compression: 1)) },
            { "filter method 1", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 8, 0, filter: 1)) },
            { "interlace 7", ImageFault.Damaged, WithHeader(PngFile.Ihdr(2, 2, 8, 0, interlace: 7)) },
            { "row filter 9", ImageFault.Damaged, PngFile.Make(PngFile.Ihdr(2, 2, 8, 0), [9, 1, 2, 0, 3, 4]) },
            { "no palette", ImageFault.Damaged, PngFile.Make(PngFile.Ihdr(1, 1, 8, 3), [0, 0]) },
            { "palette of 257", ImageFault.Damaged,
                PngFile.Make(PngFile.Ihdr(1, 1, 8, 3), [0, 0], PngFile.Chunk("PLTE", new byte[257 * 3])) },
            { "palette of 4 bytes", ImageFault.Damaged,
                PngFile.Make(PngFile.Ihdr(1, 1, 8, 3), [0, 0], PngFile.Chunk("PLTE", new byte[4])) },
            { "palette twice", ImageFault.Damaged, PngFile.Make(
                PngFile.Ihdr(1, 1, 8, 3), [0, 0], PngFile.Chunk("PLTE", Palette), PngFile.Chunk("PLTE", Palette)) },
            { "unknown critical chunk", ImageFault.UnsupportedVariant,
                PngFile.Make(PngFile.Ihdr(1, 1, 8, 0), [0, 0], PngFile.Chunk("NEWS", [])) },
            { "Apple's variant", ImageFault.UnsupportedVariant,
                Whole(PngFile.Chunk("CgBI", [0, 0, 0, 0]), ihdr, idat, iend) },
            { "no IDAT", ImageFault.Damaged, Whole(ihdr, iend) },
            { "IDAT checksum, and that of the stream", ImageFault.Damaged,
                Whole(ihdr, Broken(PngFile.Chunk("IDAT", Broken(PngFile.Deflate([0, 1, 2, 0, 3, 4])))), iend) },
            { "IDAT checksum, and none of the stream", ImageFault.Damaged,
                Whole(ihdr, Broken(PngFile.Chunk("IDAT", PngFile.Deflate([0, 1, 2, 0, 3, 4])[..^4])), iend) },
            { "IDAT garbage", ImageFault.Damaged, Whole(ihdr, PngFile.Chunk("IDAT", [1, 2, 3, 4, 5, 6, 7, 8]), iend) },
            { "preset dictionary", ImageFault.Damaged,
                Whole(ihdr, PngFile.Chunk("IDAT", [0x78, 0x20, 1, 2, 3, 4, 5, 6]), iend) },
            { "too few rows", ImageFault.Damaged, PngFile.Make(PngFile.Ihdr(2, 2, 8, 0), [0, 1, 2]) },
            { "too few rows, no end", ImageFault.Incomplete,
                Whole(ihdr, PngFile.Chunk("IDAT", PngFile.Deflate([0, 1, 2]))) },
            { "chunk of 2^31 - 1 bytes", ImageFault.Incomplete,
                Whole(ihdr, [0x7F, 0xFF, 0xFF, 0xFF, .. "IDAT"u8, 1, 2, 3]) },
            { "chunk of 2^32 - 1 bytes", ImageFault.Incomplete,
                Whole(ihdr, [0xFF, 0xFF, 0xFF, 0xFF, .. "tEXt"u8, 1, 2, 3]) },
        };
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Decode_BrokenFile_NamesTheFault(string situation, ImageFault fault, byte[] file)
    {
        var refusal = TestImages.Refuse(file);
        Assert.True(refusal.Fault == fault, $"{situation}: {refusal.Fault}, {refusal.Message}");
    }

    [Fact]
    public void Decode_Interlaced_EqualsRowByRow()
    {
        for (var width = 1; width <= 9; width++)
        {
            for (var height = 1; height <= 9; height++)
            {
                var image = TestImages.Noise(width, height, width * 10 + height);
                var file = PngFile.Make(PngFile.Ihdr((uint)width, (uint)height, 8, 2, interlace: 1), Interlace(image));
                Assert.Equal(image.Pixels, TestImages.Decode(file).Pixels);
            }
        }
    }

    [Fact]
    public void Decode_ManyAndEmptyIdats_JoinsThem()
    {
        var compressed = PngFile.Deflate([0, 1, 2, 0, 3, 4]);
        var chunks =
            compressed.SelectMany(b => new[] { PngFile.Chunk("IDAT", []), PngFile.Chunk("IDAT", [b]) }).ToArray();
        var file = PngFile.Join(
            [PngFile.Signature, PngFile.Chunk("IHDR", PngFile.Ihdr(2, 2, 8, 0)), .. chunks, PngFile.Chunk("IEND", [])]);
        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], TestImages.Decode(file).Pixels);
    }

    [Fact]
    public void Decode_DamagedAncillaryChunk_IsPassedOver()
    {
        var chunk = PngFile.Chunk("zTXt", Encoding.ASCII.GetBytes("key\0\0not deflated at all"));
        chunk[^1] ^= 1;
        Assert.Equal([7, 7, 7], TestImages.Decode(PngFile.Make(PngFile.Ihdr(1, 1, 8, 0), [0, 7], chunk)).Pixels);
    }

    [Fact]
    public void Decode_OrientationInExifOrXmp_Turns()
    {
        byte[] rows = [0, 1, 2, 0, 3, 4];
        byte[] upsideDown = [4, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1];
        var exif = PngFile.Chunk("eXIf", ExifBlock.Make(3));
        var xmp = PngFile.Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. "<rdf tiff:Orientation=\"3\"/>"u8]);
        var element =
            PngFile.Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. "<tiff:Orientation>3</tiff:Orientation>"u8]);
        var header = PngFile.Ihdr(2, 2, 8, 0);
        Assert.Equal(upsideDown, TestImages.Decode(PngFile.Make(header, rows, exif)).Pixels);
        Assert.Equal(upsideDown, TestImages.Decode(PngFile.Make(header, rows, xmp)).Pixels);
        Assert.Equal(upsideDown, TestImages.Decode(PngFile.Make(header, rows, element)).Pixels);
    }

    public static TheoryData<string, byte[]> TextsWithOrientation()
    {
        var hexadecimal = Convert.ToHexStringLower(ExifBlock.Make(3)).Chunk(72).Select(line => new string(line));
        var exif = Encoding.ASCII.GetBytes($"\nexif\n      26\n{string.Join('\n', hexadecimal)}\n");
        byte[] prefixed = [.. "Exif\0\0"u8, .. ExifBlock.Make(3, littleEndian: true)];
        var app1 = Encoding.ASCII.GetBytes($"\ngeneric profile\n      32\n{Convert.ToHexString(prefixed)}\n");
        byte[] xmp = [.. "<rdf tiff:Orientation=\"3\"/>"u8];
        byte[] WithKeyword(string keyword, params byte[] data) => [.. Encoding.ASCII.GetBytes(keyword), 0, .. data];
        return new()
        {
            { "tEXt", PngFile.Chunk("tEXt", WithKeyword("Raw profile type exif", exif)) },
            { "tEXt, APP1", PngFile.Chunk("tEXt", WithKeyword("Raw profile type APP1", app1)) },
            { "zTXt", PngFile.Chunk("zTXt", WithKeyword("Raw profile type exif", [0, .. PngFile.Deflate(exif)])) },
            { "iTXt", PngFile.Chunk("iTXt", WithKeyword("Raw profile type exif", [0, 0, 0, 0, .. exif])) },
            { "iTXt, compressed",
                PngFile.Chunk("iTXt", WithKeyword("Raw profile type exif", [1, 0, 0, 0, .. PngFile.Deflate(exif)])) },
            { "XMP with a language",
                PngFile.Chunk("iTXt", WithKeyword("XML:com.adobe.xmp", [0, 0, .. "en\0XMP\0"u8, .. xmp])) },
            { "XMP, compressed",
                PngFile.Chunk("iTXt", WithKeyword("XML:com.adobe.xmp", [1, 0, 0, 0, .. PngFile.Deflate(xmp)])) },
            { "eXIf with a prefix",
                PngFile.Chunk("eXIf", [.. "Exif\0"u8, 0xFF, .. ExifBlock.Make(3)]) },
        };
    }

    [Theory]
    [MemberData(nameof(TextsWithOrientation))]
    public void Decode_OrientationInAText_Turns(string place, byte[] chunk)
    {
        byte[] rows = [0, 1, 2, 0, 3, 4];
        var image = TestImages.Decode(PngFile.Make(PngFile.Ihdr(2, 2, 8, 0), rows, chunk));
        Assert.True(image.Pixels is [4, 4, 4, 3, ..], place);
    }

    [Fact]
    public void Decode_TextThatInflatesFarBeyondAnyOrientation_CostsLittle()
    {
        var bomb = PngFile.Chunk("zTXt", [.. "Raw profile type exif\0\0"u8, .. PngFile.Deflate(new byte[64 << 20])]);
        var file = PngFile.Make(PngFile.Ihdr(1, 1, 8, 0), [0, 7], [.. Enumerable.Repeat(bomb, 20)]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal([7, 7, 7], TestImages.Decode(file).Pixels);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Decode_TurnedInterlacedPicture_PutsPixelsUpright()
    {
        var image = TestImages.Noise(5, 3);
        var file = PngFile.Make(
            PngFile.Ihdr(5, 3, 8, 2, interlace: 1), Interlace(image), PngFile.Chunk("eXIf", ExifBlock.Make(6)));
        var plain = PngFile.Make(PngFile.Ihdr(5, 3, 8, 2), Rows(image), PngFile.Chunk("eXIf", ExifBlock.Make(6)));
        var turned = TestImages.Decode(file);
        Assert.Equal((3, 5), (turned.Width, turned.Height));
        Assert.Equal(TestImages.Decode(plain).Pixels, turned.Pixels);
    }

    [Fact]
    public void Decode_PixelsInflateFarBeyondTheRows_StopsInflating()
    {
        var bomb = PngFile.Make(PngFile.Ihdr(4, 4, 8, 2), new byte[64 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(new byte[48], TestImages.Decode(bomb).Pixels);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(65_535, 65_535)]
    [InlineData(16_385, 1)]
    [InlineData(8_032, 8_032)]
    public void Decode_HeaderBeyondLimits_RefusesWithoutAllocating(uint width, uint height)
    {
        var file = PngFile.Make(PngFile.Ihdr(width, height, 1, 0), [0, 0]);
        TestImages.Refuse(file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = TestImages.Refuse(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
        Assert.Equal(ImageFault.TooLarge, refusal.Fault);
        Assert.Equal(new ImageHeader(ImageFormat.Png, (int)width, (int)height), refusal.Header);
    }

    [Fact]
    public void Decode_FileCutAtAnyByte_IsRefusedOrWhole()
    {
        var image = TestImages.Noise(6, 5);
        var file = TestImages.EncodePng(image);
        for (var length = 0; length < file.Length; length++)
        {
            try
            {
                Assert.Equal(image.Pixels, TestImages.Decode(file[..length]).Pixels);
            }
            catch (InvalidImageException e)
            {
                Assert.Contains(
                    e.Fault, new[] { ImageFault.Incomplete, ImageFault.UnsupportedType, ImageFault.Damaged });
            }
        }
    }

    [Fact]
    public void Decode_DamagedPixels_TellsTheSizeInTheHeader()
    {
        var refusal = TestImages.Refuse(PngFile.Make(PngFile.Ihdr(2, 3, 8, 0), [0, 1, 2]));
        Assert.Equal(new ImageHeader(ImageFormat.Png, 2, 3), refusal.Header);
    }

    [Fact]
    public void Decode_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            ImageDecoder.Decode(TestImages.EncodePng(TestImages.Noise(4, 4)), DecoderLimits.Default, source.Token));
    }

    private static byte[] Rows(RgbImage image)
    {
        var rows = new List<byte>();
        for (var y = 0; y < image.Height; y++)
            rows.AddRange([0, .. image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3)]);
        return [.. rows];
    }

    // Written from the 8 x 8 pattern of the specification, not from the decoder's table.
    private static byte[] Interlace(RgbImage image)
    {
        string[] pattern =
            ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        var rows = new List<byte>();
        for (var pass = '1'; pass <= '7'; pass++)
        {
            for (var y = 0; y < image.Height; y++)
            {
                var columns = Enumerable.Range(0, image.Width).Where(x => pattern[y % 8][x % 8] == pass).ToList();
                if (columns.Count == 0) continue;
                rows.Add(0);
                foreach (var x in columns) rows.AddRange(image.Pixels.AsSpan((y * image.Width + x) * 3, 3));
            }
        }
        return [.. rows];
    }
}
