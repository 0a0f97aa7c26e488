namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>Each mistake is one sentence, and nothing is written.</summary>
public sealed class PixMoErrorTests
{
    [Theory]
    [InlineData("{\"image_url\": \"a\"}", "no field caption")]
    [InlineData("{\"image_url\": \"a\", \"caption\": 5}", "field caption")]
    [InlineData("{\"image_url\": \"a\", \"caption\": \"b\", \"transcripts\": \"c\"}", "field transcripts")]
    [InlineData("{\"image_url\": \"a\", \"caption\": \"b\", \"transcripts\": [3]}", "field transcripts")]
    [InlineData("[1]", "not a row")]
    [InlineData("{", "not a row")]
    [InlineData("", "no example")]
    public async Task Make_BadLine_IsNamed(string line, string words)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a");
        var table = fixture.Combine("table.jsonl");
        await File.WriteAllTextAsync(table, line, TestContext.Current.CancellationToken);
        Assert.Contains(words, await RefuseAsync(fixture, "cap", table), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"x\": 1}]")]
    [InlineData("{\"x\": [1], \"y\": [1, 2]}")]
    [InlineData("[[1, 2, 3]]")]
    [InlineData("[[1, \"2\"]]")]
    [InlineData("[1, 2]")]
    [InlineData("5")]
    public async Task Make_PointsOfAnotherForm_AreNamed(string points)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a");
        var table = fixture.Combine("table.jsonl");
        await File.WriteAllTextAsync(
            table, $$"""{"image_url": "a", "label": "b", "points": {{points}}}""",
            TestContext.Current.CancellationToken);
        Assert.Contains("field points", await RefuseAsync(fixture, "points", table), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_ParquetOfAnotherTable_NamesTheMissingField()
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a");
        var table = await fixture.WriteAsync("parquet", new QuestionRow { Url = "a", Question = "b", Answer = "c" });
        Assert.Contains("no field caption", await RefuseAsync(fixture, "cap", table), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(40)]
    [InlineData(0.5)]
    public async Task Make_ParquetThatIsCut_IsOneSentence(double kept)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a");
        var table = await fixture.WriteAsync("parquet", new CaptionRow { Url = "a", Caption = "b" });
        var file = await File.ReadAllBytesAsync(table, TestContext.Current.CancellationToken);
        var length = kept < 1 ? (int)(kept * file.Length) : (int)kept;
        await File.WriteAllBytesAsync(table, file[..length], TestContext.Current.CancellationToken);
        Assert.Contains(
            "cannot be read as parquet", await RefuseAsync(fixture, "cap", table), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_ParquetWithAnyByteBroken_EndsInOneSentenceOrWell()
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a");
        var table = await fixture.WriteAsync(
            "parquet", new CaptionRow { Url = "a", Caption = "b", Transcripts = ["c", "d"] });
        var file = await File.ReadAllBytesAsync(table, TestContext.Current.CancellationToken);
        for (var i = 4; i < file.Length - 8; i += 7)
        {
            var broken = (byte[])file.Clone();
            broken[i] ^= 0x55;
            await File.WriteAllBytesAsync(table, broken, TestContext.Current.CancellationToken);
            var (code, error) = await PixMoFixture.TryAsync(
                ["make", "pixmo", "cap", table, "--pictures", fixture.Pictures, "--out", fixture.Out]);
            Assert.Equal(code, error.Trim().Length == 0 ? 0 : error.Trim().Split('\n').Length);
            if (code == 0) Directory.Delete(fixture.Out, recursive: true);
        }
    }

    [Fact]
    public async Task Make_OtherMistakes_SayWhatToDo()
    {
        using var fixture = new PixMoFixture();
        var table = await fixture.WriteAsync("jsonl", new CaptionRow { Url = "a", Caption = "b" });
        Assert.Contains(
            "ask-model-anything", await RefuseAsync(fixture, "pixmo-caps", table), StringComparison.Ordinal);
        Assert.Contains(
            "gone.parquet", await RefuseAsync(fixture, "cap", fixture.Combine("gone.parquet")),
            StringComparison.Ordinal);
        Assert.Contains(
            "--pictures", await fixture.RefuseAsync("cap", table, "--out", fixture.Out), StringComparison.Ordinal);
        Assert.Contains(
            "no folder", await fixture.RefuseAsync("cap", table, "--pictures", "/gone", "--out", fixture.Out),
            StringComparison.Ordinal);
        Assert.Contains(
            "not empty", await fixture.RefuseAsync(
                "cap", table, "--pictures", fixture.Pictures, "--out", fixture.Combine(".")),
            StringComparison.Ordinal);
        Assert.Contains(
            "1 rows without a picture", await RefuseAsync(fixture, "cap", table), StringComparison.Ordinal);
    }

    private static Task<string> RefuseAsync(PixMoFixture fixture, string table, string file)
        => fixture.RefuseAsync(table, file, "--pictures", fixture.Pictures, "--out", fixture.Out);
}
