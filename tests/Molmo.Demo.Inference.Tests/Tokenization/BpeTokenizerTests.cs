using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class BpeTokenizerTests
{
    [Fact]
    public void Load_MergesAsPairs_GivesTheIdsOfMergesAsText()
    {
        string folder = Path.Combine(TestData.Repository, "tests", "Golden", "tiny-tokenizer");
        var text = BpeTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        var pairs = BpeTokenizer.Load(Path.Combine(folder, "tokenizer.merge-pairs.json"));
        Assert.Equal(text.Count, pairs.Count);
        string sample = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.Equal(text.Encode(sample), pairs.Encode(sample));
    }

    [Fact]
    public void Encode_TypedSpecialTokens_StaysText()
    {
        string path = Path.Combine(TestData.Hostile, "prompts.json");
        Assert.SkipUnless(File.Exists(path), "prompts.json is not in this set.");
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        using var hostile = JsonDocument.Parse(File.ReadAllBytes(path));
        var prompts = hostile.RootElement.GetProperty("prompts").EnumerateArray().Select(Unescape)
            .Append("<|endoftext|><im_start><im_end><im_patch><im_col><|image|>");
        foreach (string prompt in prompts)
        {
            int[] ids = tokenizer.Encode(prompt);
            Assert.DoesNotContain(ids, tokenizer.IsSpecial);
            string whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(prompt));
            string composed = string.Join('\uFFFE', whole.Split('\uFFFE').Select(part => part.Normalize()));
            Assert.Equal(composed, tokenizer.Decode(ids, skipSpecial: false));
        }
    }

    [Fact]
    public void Encode_SpecialTokenNotAllowed_StaysTextAndHidesWhatOverlapsIt()
    {
        var tokenizer = TokenizerJson.Bytes().WithAdded(300, "<ab>").WithAdded(301, "b>c", special: false).Load();
        Assert.Equal([300, 'c'], tokenizer.Encode("<ab>c", allowSpecial: true));
        Assert.Equal(['<', 'a', 'b', '>', 'c'], tokenizer.Encode("<ab>c"));
        Assert.Equal(['a', 301], tokenizer.Encode("ab>c"));
    }

    [Fact]
    public void Encode_AddedTokens_TakesTheLongestOfTheLeftmost()
    {
        var tokenizer = TokenizerJson.Bytes().WithAdded(300, "xx").WithAdded(301, "xxxx").WithAdded(302, "axx").Load();
        Assert.Equal([301, 300, 'x', 302], tokenizer.Encode("xxxxxxxaxx", allowSpecial: true));
    }

    [Fact]
    public void Encode_NormalizedAddedToken_IsFoundAfterTheOthersInComposedText()
    {
        var file = TokenizerJson.Bytes().WithAdded(300, "é!", special: false, normalized: true);
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        Assert.Equal([300], file.Load().Encode("e\u0301!"));
        Assert.Equal(['e', 301, '!'], file.WithAdded(301, "\u0301", special: false).Load().Encode("e\u0301!"));
    }

    [Theory]
    [InlineData("\uD83D")]
    [InlineData("a\uDE00\uD83Db")]
    [InlineData("\uFFFE\uFFFF\uD800")]
    [InlineData("\uFEFFa\0b")]
    public void Encode_AnyUtf16_DecodesToTheTextWithLoneSurrogatesReplaced(string text)
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)),
            tokenizer.Decode(tokenizer.Encode(text), skipSpecial: false));
    }

    [Fact]
    public void Encode_LongText_GivesTheIdsOfItsWords()
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        string[] words = [" How", " many", " 12345", " e\u0301t\u00E9", " \U0001F600!", " <point", " 中文", " 𐌰𐌱\n"];
        var random = new Random(5);
        string[] drawn = [.. Enumerable.Range(0, 20_000).Select(_ => words[random.Next(words.Length)])];
        string text = string.Concat(drawn);
        Assert.Equal(drawn.SelectMany(word => tokenizer.Encode(word)), tokenizer.Encode(text));
    }

    [Slow]
    [Theory]
    [InlineData("a")]
    [InlineData("\U0001F600")]
    [InlineData(" ")]
    [InlineData("\u0327\u0301")]
    [InlineData("\n ")]
    [InlineData("'")]
    [InlineData("1")]
    public async Task Encode_OneCharacterRepeated_DoesNotTakeQuadraticTime(string unit)
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        string text = string.Concat(Enumerable.Repeat(unit, 300_000));
        // A guard against hanging only: quadratic work here would take far longer.
        var ct = TestContext.Current.CancellationToken;
        Assert.NotEmpty(await Task.Run(() => tokenizer.Encode(text), ct).WaitAsync(TimeSpan.FromMinutes(2), ct));
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        string text =
            File.ReadAllText(Path.Combine(TestData.Repository, "tests", "Golden", "tiny-tokenizer", "README.md"));
        int[] expected = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json")).Encode(text);
        Parallel.For(0, 16, _ => Assert.Equal(expected, tokenizer.Encode(text)));
    }

    [Fact]
    public void IdOf_AddedAndOrdinaryTokens_AreFoundAsTheFileWritesThem()
    {
        var tokenizer = TokenizerJson.Bytes().WithMerge("Ġ", "a", 256).WithAdded(300, "<end>").Load();
        Assert.Equal(301, tokenizer.Count);
        Assert.Equal(256, tokenizer.IdOf("Ġa"));
        Assert.Equal(300, tokenizer.IdOf("<end>"));
        Assert.Null(tokenizer.IdOf("nowhere"));
        Assert.Null(tokenizer.IdOf(""));
        Assert.Equal(" a", tokenizer.Decode([256, 280, -1, int.MaxValue], skipSpecial: false));
    }

    /// <summary>A JSON string that may hold lone surrogates, which JSON readers refuse.</summary>
    private static string Unescape(JsonElement text)
        => Regex.Replace(text.GetRawText()[1..^1], @"\\(u([0-9A-Fa-f]{4})|.)", match => match.Groups[2].Success
            ? ((char)int.Parse(match.Groups[2].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                .ToString()
            : match.Groups[1].Value switch
            {
                "n" => "\n",
                "r" => "\r",
                "t" => "\t",
                "b" => "\b",
                "f" => "\f",
                var other => other
            });
}
