using System.Security.Cryptography;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>How pictures of rows are found in a folder, and what never happens.</summary>
public sealed class PixMoPictureTests
{
    private const string Url = "https://example.org/photos/a%20b.png?size=2";

    [Fact]
    public async Task Make_PictureNamedByItsHashItsUrlsHashOrTheUrl_IsFound()
    {
        using var fixture = new PixMoFixture();
        var file = PixMoFixture.Picture(50);
        var other = "https://example.org/elsewhere";
        File.WriteAllBytes(Path.Combine(fixture.Pictures, $"{Hex(file).ToUpperInvariant()}.png"), file);
        File.WriteAllBytes(
            Path.Combine(fixture.Pictures, Hex(Encoding.UTF8.GetBytes(other))), PixMoFixture.Picture(51));
        File.WriteAllBytes(Path.Combine(fixture.Pictures, "a b.png"), PixMoFixture.Picture(52));
        var table = await fixture.WriteAsync(
            "parquet",
            new CaptionRow { Url = "https://example.org/x", Hash = Hex(file), Caption = "hash" },
            new CaptionRow { Url = other, Caption = "hash of the address" },
            new CaptionRow { Url = Url, Caption = "name" });

        await fixture.MakeAsync("cap", table);
        Assert.Equal(
            [(50, "hash"), (51, "hash of the address"), (52, "name")],
            fixture.Read().Select(example => (example.Width, Assert.Single(example.Annotations).Answer)));
    }

    [Fact]
    public async Task Make_SameNameButAnotherHash_IsAnotherPicture()
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a b.png");
        var right = File.ReadAllBytes(Path.Combine(fixture.Pictures, "a b.png"));
        var table = await fixture.WriteAsync(
            "jsonl",
            new CaptionRow { Url = Url, Hash = Hex(right), Caption = "right" },
            new CaptionRow { Url = Url + "&other", Hash = Hex([1]), Caption = "wrong" });

        Assert.Contains("1 rows without a picture", await fixture.MakeAsync("cap", table), StringComparison.Ordinal);
        Assert.Equal("right", Assert.Single(Assert.Single(fixture.Read()).Annotations).Answer);
    }

    [Theory]
    [InlineData("https://example.org/../../secret.png")]
    [InlineData("https://example.org/..%2F..%2Fsecret.png")]
    [InlineData("../secret.png")]
    [InlineData("..")]
    [InlineData("")]
    public async Task Make_AddressThatLeadsOut_FindsNothing(string url)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("mine.png");
        File.WriteAllBytes(fixture.Combine("secret.png"), PixMoFixture.Picture());
        var table = await fixture.WriteAsync(
            "jsonl", new CaptionRow { Url = url, Caption = "x" },
            new CaptionRow { Url = "https://example.org/mine.png", Caption = "mine" });

        Assert.Contains("1 rows without a picture", await fixture.MakeAsync("cap", table), StringComparison.Ordinal);
        Assert.Equal("mine", Assert.Single(Assert.Single(fixture.Read()).Annotations).Answer);
    }

    [Fact]
    public async Task Make_PictureThatCannotBeDecoded_IsCountedOnce()
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("good.png");
        File.WriteAllText(Path.Combine(fixture.Pictures, "bad.png"), "no picture");
        var table = await fixture.WriteAsync(
            "parquet",
            new CaptionRow { Url = "https://example.org/bad.png", Caption = "1" },
            new CaptionRow { Url = "https://example.org/good.png", Caption = "2" },
            new CaptionRow { Url = "https://example.org/bad.png", Caption = "3" });

        Assert.EndsWith(
            "Left out: 1 pictures that cannot be decoded.", await fixture.MakeAsync("cap", table),
            StringComparison.Ordinal);
        Assert.Equal(
            ["0000001.png", "examples.jsonl"], Directory.GetFiles(fixture.Out).Select(Path.GetFileName).Order());
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
