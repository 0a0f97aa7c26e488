using System.Net;
using System.Net.Http.Json;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>What was drawn over cannot be had back from the link, in any form it has.</summary>
public sealed class BlurTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Hide_Box_LeavesAHandfulOfColoursInsideAndAllOutside()
    {
        var photo = Noise(200, 100);

        var hidden = Mosaic.Hide(photo, [new BlurBox(default, 10.1, 20, 30, 50.5)]);

        var inside = new HashSet<int>();
        for (var y = 0; y < 100; y++)
            for (var x = 0; x < 200; x++)
            {
                if (x is >= 20 and < 81 && y is >= 20 and < 71) inside.Add(Pixel(hidden, x, y));
                else Assert.Equal(Pixel(photo, x, y), Pixel(hidden, x, y));
            }
        Assert.InRange(inside.Count, 1, 16);
        Assert.All(inside, colour => Assert.Equal(0x040404, colour & 0x070707));
    }

    [Theory]
    [InlineData(-50, -50, 1000, 1000)]
    [InlineData(99.999, 99.999, 0.0001, 0.0001)]
    [InlineData(0, 0, 1e-9, 1e-9)]
    [InlineData(50, -10, 1, 200)]
    public void Hide_BoxAtOrBeyondTheEdge_StaysOnThePhoto(double x, double y, double width, double height)
    {
        var photo = Noise(7, 3);

        var hidden = Mosaic.Hide(photo, [new BlurBox(default, x, y, width, height)]);

        Assert.Equal((7, 3), (hidden.Width, hidden.Height));
        Assert.NotEqual(photo.Pixels, hidden.Pixels);
    }

    [Slow]
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Share_WithABox_ServesNewBytesEverywhereAndNeverTheOldOnes(bool isLarge)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var (image, original) = await UploadAsync(person, isLarge);
        var before = Decode(original);
        var conversation = app.Seed(
            app.OwnerOf(image), ("q", "<point x=\"90\" y=\"90\" alt=\"a\">t</point>", image, EndReason.Finished));
        using var made = await person.PostAsJsonAsync(
            "/api/shares",
            new { conversation, blurred = new[] { new { image, x = 25, y = 25, width = 50, height = 25 } } },
            Cancellation);
        var id = (await made.JsonAsync()).Text("id");

        var bytes = await friend.GetByteArrayAsync($"/s/{id}/photo/1", Cancellation);
        var after = Decode(bytes);

        Assert.NotEqual(original, bytes);
        var (across, down) = (before.Width / 4, before.Height / 4);
        // A JPEG written again moves colours a little, and where eight pixels meet an edge a little more.
        var tolerance = isLarge ? 24 : 0;
        foreach (var (x, y) in new[] { (2, 2), (across - 12, down + 5), ((3 * across) + 12, down + 5),
            (across + 5, down - 12), (across + 5, (2 * down) + 12), (before.Width - 1, before.Height - 1) })
            Assert.InRange(Difference(before, after, x, y), 0, tolerance);
        var changed =
            Enumerable.Range(0, across * 2).Count(i => Difference(before, after, across + i, down + (i % down)) > 24);
        Assert.True(changed > across, $"{changed} of {across * 2} pixels inside the box differ.");
        // In a block of the JPEG that no edge of the box crosses.
        Assert.Equal(Pixel(after, across + 9, down + 9), Pixel(after, across + 11, down + 11));

        // Every form of the link is made from the new bytes.
        Assert.Contains(Convert.ToBase64String(bytes), await friend.GetStringAsync($"/s/{id}.svg", Cancellation),
            StringComparison.Ordinal);
        var page = await friend.GetStringAsync($"/s/{id}.html", Cancellation);
        Assert.Contains(Convert.ToBase64String(bytes), page, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(original), page, StringComparison.Ordinal);
        var png = Decode(await friend.GetByteArrayAsync($"/s/{id}.png", Cancellation));
        Assert.Equal(Pixel(after, across + 3, down + 3), Pixel(png, across + 3, down + 3));
        Assert.DoesNotContain(
            Hash(original), await friend.GetStringAsync($"/s/{id}.json", Cancellation), StringComparison.Ordinal);
        using var foreign = await friend.GetAsync($"/img/{image}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);

        // The maker's own photo is as it was, and withdrawing takes the new bytes away.
        Assert.Equal(original, await person.GetByteArrayAsync($"/img/{image}", Cancellation));
        Assert.Equal(2, app.ImageFiles.Length);
        using var revoked = await person.DeleteAsync($"/api/shares/{id}", Cancellation);
        Assert.Equal(Hash(original), Path.GetFileName(Assert.Single(app.ImageFiles)));
    }

    [Fact]
    public async Task Share_BoxOnAPhotoThatIsNotInTheChat_IsRefused()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished));
        var foreign = (await other.UploadAsync(Rasters.Png())).Text("id");
        var unasked = (await person.UploadAsync(Rasters.Png())).Text("id");

        foreach (var wrong in new[] { foreign, unasked, RandomId.New(), "../x" })
        {
            using var response = await person.PostAsJsonAsync(
                "/api/shares",
                new { conversation, blurred = new[] { new { image = wrong, x = 0, y = 0, width = 50, height = 50 } } },
                Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            await response.RefusalAsync();
        }
    }

    private static async Task<(string Image, byte[] Bytes)> UploadAsync(HttpClient person, bool isLarge)
    {
        var file = Rasters.Png(Noise(isLarge ? 1600 : 200, isLarge ? 1200 : 100));
        if (isLarge)
        {
            // A large JPEG stays one.
            using var jpeg = new MemoryStream();
            JpegEncoder.Encode(Smooth(1600, 1200), 95, jpeg);
            file = jpeg.ToArray();
        }
        var image = (await person.UploadAsync(file)).Text("id");
        return (image, await person.GetByteArrayAsync($"/img/{image}", Cancellation));
    }

    private static RgbImage Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(5).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    // Stripes, which a mosaic flattens and a JPEG keeps.
    private static RgbImage Smooth(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(128 + (100 * Math.Sin(i / 3 % width / 9.0)));
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Decode(byte[] file) => ImageDecoder.Decode(file, DecoderLimits.Default, Cancellation);

    private static string Hash(byte[] bytes)
        => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private static int Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2];
    }

    private static int Difference(RgbImage one, RgbImage two, int x, int y)
    {
        var at = ((y * one.Width) + x) * 3;
        return Enumerable.Range(at, 3).Max(i => Math.Abs(one.Pixels[i] - two.Pixels[i]));
    }
}
