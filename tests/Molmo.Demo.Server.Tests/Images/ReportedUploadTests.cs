using System.Net;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>Photos with which people had trouble elsewhere, sent as the page sends them.</summary>
public sealed class ReportedUploadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alpha-black.png", 400, 400)]
    [InlineData("alpha-black.webp", 400, 400)]
    [InlineData("api.webp", 400, 400)]
    [InlineData("icc-p3.jpg", 400, 400)]
    [InlineData("gama1.png", 400, 400)]
    [InlineData("no-iend.png", 400, 400)]
    public async Task Upload_Reported_IsTakenWithoutARemark(string name, int width, int height)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        var info = await person.UploadAsync(await ReadAsync(name), name);

        Assert.Equal(
            (width, height, true),
            (info["width"]!.GetValue<int>(), info["height"]!.GetValue<int>(), info["remark"] is null));
    }

    [Slow]
    [Theory]
    [InlineData("50mp-8160x6144.jpg", 8160)]
    [InlineData("prog-33mp-444.jpg", 7008)]
    public async Task Upload_LargePhoto_IsTaken(string name, int width)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        var info = await person.UploadAsync(await ReadAsync(name), name);

        Assert.Equal(width, info["width"]!.GetValue<int>());
        var address = new Uri($"/img/{info.Text("id")}/small", UriKind.Relative);
        using var small = await person.GetAsync(address, Cancellation);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
    }

    [Fact]
    public async Task Upload_WrongChecksum_IsTakenWithARemark()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        var info = await person.UploadAsync(await ReadAsync("idat-crc.png"), "idat-crc.png");

        Assert.Equal(
            "The file is slightly damaged: a checksum does not match. All rows of the picture are there, so the photo "
                + "was taken. Look at it before you rely on it.",
            info.Text("remark"));
    }

    [Fact]
    public async Task Upload_WhatAnEraserRemoved_IsInNoStoredByte()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        // The same to the eye; what lies below the transparent half differs.
        var hashes = new List<string>();
        foreach (var seed in new[] { 1, 2 })
            hashes.Add((await person.UploadAsync(HalfErased(seed), "erased.png")).Text("contentHash"));

        Assert.Equal(hashes[0], hashes[1]);
        Assert.Single(app.ImageFiles);
    }

    [Fact]
    public async Task Upload_PhotoOfAWiderRange_KeepsItsColoursInAllThatIsMadeOfIt()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var source = await ReadAsync("icc-p3.jpg");
        var pixels = ImageDecoder.Decode(source, DecoderLimits.Default, Cancellation);

        var id = (await person.UploadAsync(source, "p3.jpg")).Text("id");

        var stored = ImageDecoder.Decode(
            await person.GetByteArrayAsync($"/img/{id}", Cancellation), DecoderLimits.Default, Cancellation);
        // The model reads what the file holds; only people see it in other colours.
        Assert.Equal(pixels.Pixels, stored.Pixels);
        Assert.Equal(pixels.Profile!.Icc, stored.Profile!.Icc);
        var small = ImageDecoder.Decode(
            await person.GetByteArrayAsync($"/img/{id}/small", Cancellation), DecoderLimits.Default, Cancellation);
        Assert.Equal(pixels.Profile.Icc, small.Profile!.Icc);
        // Adobe's name stands in the profile of the file.
        Assert.True(source.AsSpan().IndexOf("Compatible with Adobe RGB"u8) >= 0);
        foreach (var file in app.ImageFiles)
            Assert.True((await File.ReadAllBytesAsync(file, Cancellation)).AsSpan().IndexOf("Adobe"u8) < 0);
    }

    private static byte[] HalfErased(int seed)
    {
        const int Width = 16, Height = 16, Alpha = 3;
        var source = Rasters.NoisePng(Width, Height, seed);
        var noise = ImageDecoder.Decode(source, DecoderLimits.Default, Cancellation);
        using var picture = new SixLabors.ImageSharp.Image<SixLabors.ImageSharp.PixelFormats.Rgba32>(Width, Height);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var at = (y * Width + x) * Alpha;
                picture[x, y] = x < Width / 2
                    ? new(noise.Pixels[at], noise.Pixels[at + 1], noise.Pixels[at + 2], 0)
                    : new((byte)(x * 9), (byte)(y * 9), 40, 255);
            }
        }
        using var bytes = new MemoryStream();
        picture.Save(bytes, new SixLabors.ImageSharp.Formats.Png.PngEncoder
        {
            ColorType = SixLabors.ImageSharp.Formats.Png.PngColorType.RgbWithAlpha,
            TransparentColorMode = SixLabors.ImageSharp.Formats.Png.PngTransparentColorMode.Preserve,
        });
        return bytes.ToArray();
    }

    private static Task<byte[]> ReadAsync(string name)
        => File.ReadAllBytesAsync(Path.Combine(TestData.Reports, name), Cancellation);
}
