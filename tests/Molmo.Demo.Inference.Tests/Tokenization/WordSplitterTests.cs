using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class WordSplitterTests
{
    // Characters that the expressions tell apart, all below U+10000: .NET's Regex sees no letters or digits above.
    private const string Alphabet = "aZéßſ中ªᴬ'’0９²Ⅷ½ "
        + "\t\n\r\v\f\u0085\u00A0\u1680\u2003\u2028\u2029\u202F\u3000\u200B\uFEFF\u180E\u001C\u0301!.-_€★sSlLtTdDmM"
        + "rReEvV";

    [Theory]
    [InlineData(SplitPattern.SingleDigits, TokenizerJson.Qwen2Expression)]
    [InlineData(SplitPattern.DigitGroups, TokenizerJson.Cl100kExpression)]
    [InlineData(SplitPattern.SpacedWords, TokenizerJson.Gpt2Expression)]
    internal void PreTokenize_RandomText_CutsAsTheExpression(SplitPattern pattern, string expression)
    {
        // (?i:'s) of .NET does not fold the long s, which the tokenizers' own engine does.
        var regex = new Regex(
            expression.Replace("(?i:'s|", "(?i:'s|'ſ|", StringComparison.Ordinal), RegexOptions.CultureInvariant);
        var random = new Random(20240925);
        for (int round = 0; round < 20_000; round++)
        {
            string text = string.Create(random.Next(1, 14), random, static (span, random) =>
            {
                foreach (ref char character in span) character = Alphabet[random.Next(Alphabet.Length)];
            });
            Assert.Equal(regex.Matches(text).Select(match => match.Value), Pieces(pattern, text));
        }
    }

    [Theory]
    [InlineData(SplitPattern.SingleDigits, "𐌰𐌱 𠀀𝟘𝟙", "𐌰𐌱| 𠀀|𝟘|𝟙")]
    [InlineData(SplitPattern.DigitGroups, "𝟘𝟙𝟚𝟛 it'ſtop", "𝟘𝟙𝟚|𝟛| it|'ſ|top")]
    [InlineData(SplitPattern.SpacedWords, "it'ſtop 𝟘𝟙😀", "it|'|ſtop| 𝟘𝟙|😀")]
    internal void PreTokenize_CharactersBeyondTheBasicPlane_AreLettersAndNumbers(
        SplitPattern pattern, string text, string pieces)
        => Assert.Equal(pieces.Split('|'), Pieces(pattern, text));

    private static List<string> Pieces(SplitPattern pattern, string text)
        => [.. new WordSplitter(pattern).PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length))];
}
