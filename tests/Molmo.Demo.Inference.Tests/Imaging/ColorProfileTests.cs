using System.Buffers.Binary;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class ColorProfileTests
{
    private static readonly RgbPrimaries P3 =
        RgbPrimaries.FromChromaticities((0.3127, 0.329), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))!;

    private static readonly ToneCurve Srgb = ToneCurve.Broken(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);

    private static byte[] P3Icc => IccWriter.OfMatrix(P3, [Srgb, Srgb, Srgb]);

    [Fact]
    public void FromChromaticities_DisplayP3_GivesThePublishedColumns()
    {
        // Apple's Display P3 profile, in 1/65536.
        int[] expected = [33755, 15807, -69, 19178, 45405, 2732, 10294, 4325, 51397];

        foreach (var (value, published) in P3.Red.Concat(P3.Green).Concat(P3.Blue).Zip(expected))
            Assert.InRange(value, published - 60, published + 60);
    }

    [Fact]
    public void Encode_PictureWithProfile_KeepsPixelsAndProfile()
    {
        var image = With(TestImages.Scene(40, 30), IccReader.Read(P3Icc, isGrey: false)!);

        var png = TestImages.Decode(TestImages.EncodePng(image));
        var jpeg = TestImages.Decode(TestImages.EncodeJpeg(image, 95));

        Assert.Equal(image.Pixels, png.Pixels);
        Assert.Equal(TestImages.Decode(TestImages.EncodeJpeg(TestImages.Scene(40, 30), 95)).Pixels, jpeg.Pixels);
        Assert.Equal(image.Profile!.Icc, png.Profile!.Icc);
        Assert.Equal(image.Profile.Icc, jpeg.Profile!.Icc);
    }

    [Fact]
    public void Encode_ProfileOfManyParts_IsWholeAgain()
    {
        // A table of 40 x 40 x 40 colours: more than two segments of a JPEG.
        var image = With(TestImages.Scene(8, 8), IccReader.Read(WithTable(40), isGrey: false)!);
        Assert.True(image.Profile!.Icc.Length > 2 * 65536);

        Assert.Equal(image.Profile.Icc, TestImages.Decode(TestImages.EncodeJpeg(image, 95)).Profile!.Icc);
        Assert.Equal(image.Profile.Icc, TestImages.Decode(TestImages.EncodePng(image)).Profile!.Icc);
    }

    [Fact]
    public void Resize_PictureWithProfile_KeepsIt()
    {
        var image = With(TestImages.Scene(40, 30), IccReader.Read(P3Icc, isGrey: false)!);

        Assert.Same(image.Profile, ImageScaler.Resize(image, 20, 15).Profile);
        Assert.Same(image.Profile, image.Crop(1, 1, 4, 4).Profile);
    }

    [Fact]
    public void Read_ProfileThatSaysSrgb_IsNone()
    {
        Assert.Null(IccReader.Read(IccWriter.OfMatrix(RgbPrimaries.Srgb, [Srgb, Srgb, Srgb]), isGrey: false));
        // 2.2 is another curve, which shows in the dark.
        var power = ToneCurve.Power(2.2);
        Assert.NotNull(IccReader.Read(IccWriter.OfMatrix(RgbPrimaries.Srgb, [power, power, power]), isGrey: false));
    }

    [Fact]
    public void Read_WhatDescribesTheMaker_StaysBehind()
    {
        var source = P3Icc;
        var foreign = Add(source, "CANARY of a camera"u8);

        var kept = IccReader.Read(foreign, isGrey: false)!.Icc;

        Assert.Equal(source, kept.ToArray());
        Assert.True(kept.Span.IndexOf("CANARY"u8) < 0);
        Assert.Equal(kept, IccReader.Read(kept.Span, isGrey: false)!.Icc);
    }

    [Fact]
    public void Read_DamagedAnywhere_GivesAProfileOrNone()
    {
        var random = new Random(5);
        foreach (var source in new[] { P3Icc, WithTable(3) })
        {
            for (var length = 0; length < source.Length; length += 7) IccReader.Read(source.AsSpan(0, length), false);
            for (var round = 0; round < 2000; round++)
            {
                var damaged = source.ToArray();
                for (var i = 0; i < 4; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                if (IccReader.Read(damaged, isGrey: false) is { } profile)
                    Assert.InRange(profile.Icc.Length, 128, source.Length + 64);
            }
        }
    }

    [Fact]
    public void Decode_ProfileOfAnotherKindOfPicture_IsLeftAside()
    {
        var grey = P3Icc;
        "GRAY"u8.CopyTo(grey.AsSpan(16));

        Assert.Null(IccReader.Read(grey, isGrey: false));
    }

    [Theory]
    [InlineData("icc-p3.jpg")]
    [InlineData("gama1.png")]
    public async Task Decode_ReportedPicture_BringsItsColoursAlong(string name)
    {
        var file = await File.ReadAllBytesAsync(
            Path.Combine(TestData.Reports, name), TestContext.Current.CancellationToken);

        Assert.NotNull(TestImages.Decode(file).Profile);
    }

    [Fact]
    public void Decode_ColourChunks_FirstInTheOrderOfTheSpecification()
    {
        var gamma = PngFile.Chunk("gAMA", [0, 1, 0x86, 0xA0]);
        var srgb = PngFile.Chunk("sRGB", [0]);
        var cicp = PngFile.Chunk("cICP", [12, 13, 0, 1]);
        var icc = PngFile.Chunk("iCCP", [.. "name\0\0"u8, .. PngFile.Deflate(P3Icc)]);
        var bomb = PngFile.Chunk("iCCP", [.. "name\0\0"u8, .. PngFile.Deflate(new byte[64 << 20])]);

        Assert.Null(Profile(srgb, gamma));
        Assert.Equal(P3Icc, Profile(icc, srgb)!.Icc.ToArray());
        Assert.Equal(P3Icc, Profile(gamma, cicp)!.Icc.ToArray());
        Assert.Equal(Profile(gamma)!.Icc, Profile(bomb, gamma)!.Icc);
        Assert.NotEqual(P3Icc, Profile(gamma)!.Icc.ToArray());
        // A curve of a wide range of brightness.
        Assert.Null(Profile(PngFile.Chunk("cICP", [9, 16, 0, 1])));

        static ColorProfile? Profile(params byte[][] chunks)
            => TestImages.Decode(PngFile.Make(PngFile.Ihdr(1, 1, 8, 2), [0, 1, 2, 3], chunks)).Profile;
    }

    private static RgbImage With(RgbImage image, ColorProfile profile)
        => new(image.Width, image.Height, image.Pixels) { Profile = profile };

    private static byte[] WithTable(int grid)
    {
        var table = new byte[52 + 2 * (3 * 4 + 3 * grid * grid * grid)];
        "mft2"u8.CopyTo(table);
        (table[8], table[9], table[10], table[49], table[51]) = (3, 3, (byte)grid, 2, 2);
        new Random(1).NextBytes(table.AsSpan(52));
        return IccWriter.OfTable(table, isLab: true);
    }

    // One more tag behind the others, as makers add them.
    private static byte[] Add(byte[] icc, ReadOnlySpan<byte> data)
    {
        const int Table = 132;
        var count = BinaryPrimitives.ReadInt32BigEndian(icc.AsSpan(128));
        var end = Table + 12 * count;
        byte[] larger = [.. icc[..end], .. "make"u8, .. new byte[8], .. icc[end..], .. data];
        BinaryPrimitives.WriteInt32BigEndian(larger.AsSpan(128), count + 1);
        for (var i = 0; i < count; i++)
        {
            var start = larger.AsSpan(Table + 12 * i + 4);
            BinaryPrimitives.WriteInt32BigEndian(start, BinaryPrimitives.ReadInt32BigEndian(start) + 12);
        }
        var entry = larger.AsSpan(end);
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], larger.Length - data.Length);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], data.Length);
        BinaryPrimitives.WriteInt32BigEndian(larger, larger.Length);
        return larger;
    }
}
