using System.Diagnostics;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Files with which people had trouble in programs that do this job.</summary>
public class ReportedPictureTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("no-iend.png", ImageRemark.None)]
    [InlineData("idat-crc.png", ImageRemark.WrongChecksum)]
    public async Task Decode_PngWithAFaultBehindItsPixels_IsThePicture(string name, ImageRemark remark)
    {
        var whole = TestImages.Decode(await ReadAsync("gama1.png"));

        var image = TestImages.Decode(await ReadAsync(name));

        Assert.Equal(whole.Pixels, image.Pixels);
        Assert.Equal(remark, image.Remark);
    }

    [Fact]
    public async Task Decode_PngWithoutChecksumAtItsEnd_IsThePicture()
    {
        var file = await ReadAsync("no-iend.png");
        var whole = TestImages.Decode(file);

        // Four bytes are the checksum of the chunk, four that of the stream.
        foreach (var missing in new[] { 1, 4, 6, 8 })
            Assert.Equal(whole.Pixels, TestImages.Decode(file[..^missing]).Pixels);
        Assert.Equal(ImageFault.Incomplete, TestImages.Refuse(file[..^200]).Fault);
    }

    [Slow]
    [Theory]
    [InlineData("50mp-8160x6144.jpg", 8160, 6144)]
    [InlineData("prog-33mp-444.jpg", 7008, 4672)]
    public async Task Decode_LargePhoto_IsTakenWithinTimeAndMemory(string name, int width, int height)
    {
        var file = await ReadAsync(name);
        var clock = Stopwatch.StartNew();

        var image = TestImages.Decode(file);

        output.WriteLine($"{name}: {clock.ElapsedMilliseconds} ms");
        Assert.Equal((width, height), (image.Width, image.Height));
    }

    [Fact]
    public void Check_WhatPhonesCall64Megapixels_IsWithinTheLimit()
    {
        DecoderLimits.Default.Check(new ImageHeader(ImageFormat.Jpeg, 9248, 6936));
        Assert.Throws<InvalidImageException>(
            () => DecoderLimits.Default.Check(new ImageHeader(ImageFormat.Jpeg, 9284, 6964)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    public void Decode_JpegWithEitherPrefixOfExif_Turns(byte last)
    {
        var jpeg = TestImages.EncodeJpeg(TestImages.Scene(24, 16), 90);
        byte[] exif = [.. "Exif\0"u8, last, .. ExifBlock.Make(6)];
        byte[] turned = [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];

        var image = TestImages.Decode(turned);

        Assert.Equal((16, 24), (image.Width, image.Height));
    }

    private static Task<byte[]> ReadAsync(string name)
        => File.ReadAllBytesAsync(Path.Combine(TestData.Reports, name), TestContext.Current.CancellationToken);
}
