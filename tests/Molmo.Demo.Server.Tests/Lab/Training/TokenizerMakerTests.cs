using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Lab.Tokens;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>Tokenizers made of what a training says.</summary>
public sealed class TokenizerMakerTests
{
    [Fact]
    public void Learn_OfFourWords_MergesTheCommonestPairFirst()
    {
        // Pairs: h+u 15 (hug 10, hugs 5), u+g 20 (with pug 5), u+n 16 (pun 12, bun 4), p+u 17.
        var merges = PairMerger.Learn(
            new Dictionary<string, long> { ["hug"] = 10, ["pug"] = 5, ["pun"] = 12, ["bun"] = 4, ["hugs"] = 5 }, 3);
        Assert.Equal([("u", "g"), ("u", "n"), ("h", "ug")], merges);
    }

    [Fact]
    public void Write_OfAFewTexts_GivesAPointSixTokensAndEveryTextBack()
    {
        using var folder = new TemporaryFolder();
        const string Answer = " <points x1=\"12.5\" y1=\"33.0\" x2=\"100.0\" y2=\"7.9\" alt=\"dogs\">dogs</points>";
        var size = TokenizerMaker.Write(Enumerable.Repeat(Answer, 9), 40, folder.Path);
        var tokenizer = BpeTokenizer.Load(folder.Combine("tokenizer.json"));
        Assert.Equal(0, size % 64);
        Assert.Equal(size, tokenizer.IdOf("<im_start>"));
        // An id of another tokenizer would end answers at a word.
        using var generation = JsonDocument.Parse(File.ReadAllText(folder.Combine("generation_config.json")));
        Assert.Equal(
            tokenizer.IdOf("<|endoftext|>"), generation.RootElement.GetProperty("eos_token_id").GetInt32());

        int[] ids = [.. tokenizer.Encode(Answer)];
        Assert.Equal(Answer, tokenizer.Decode(ids, skipSpecial: true));
        string[] point = [" x1=\"", "12", ".5", "\" y1=\"", "33", ".0", "\" x2=\"", "100", ".0", "\" y2=\"", "7", ".9"];
        var names = ids.Select(id => tokenizer.Decode([id], skipSpecial: false)).ToList();
        Assert.Equal(point, names.Skip(names.IndexOf(point[0])).Take(point.Length));
        foreach (var text in (string[])["12.55 x1=\"", "Größe 3.14, \"1010\"", " x41=\"", "\u4f60\u597d 7"])
            Assert.Equal(text, tokenizer.Decode([.. tokenizer.Encode(text)], skipSpecial: true));
    }
}
