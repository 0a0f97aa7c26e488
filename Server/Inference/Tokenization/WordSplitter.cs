using Microsoft.ML.Tokenizers;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Cuts text into the pieces that are merged one by one, as the tokenizers' regular expressions do.</summary>
/// <remarks>
/// .NET's Regex sees UTF-16 units: its \p{L} and \p{N} match no letter or digit beyond U+FFFF. Text that has such
/// characters is cut by a copy, in which one unit of the same kind stands for each of them.
/// </remarks>
/// <param name="pattern">How to cut.</param>
internal sealed class WordSplitter(SplitPattern pattern) : PreTokenizer
{
    private readonly RegexPreTokenizer _splitter = new(SplitExpressions.ForNet(pattern), specialTokens: null);

    /// <summary>Pieces, which follow each other without gaps.</summary>
    /// <param name="text">Without lone surrogates.</param>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
        => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? SplitByStandIns(text) : _splitter.PreTokenize(text);

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
        => PreTokenize(text.ToString());

    private IEnumerable<(int Offset, int Length)> SplitByStandIns(string text)
    {
        var standIns = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) standIns.Append(StandIn(rune));
        int start = 0;
        foreach (var (_, length) in _splitter.PreTokenize(standIns.ToString()))
        {
            int end = start;
            for (int i = 0; i < length; i++) end += char.IsHighSurrogate(text[end]) ? 2 : 1;
            yield return (start, end - start);
            start = end;
        }
    }

    // No letter of a contraction, and not the apostrophe.
    private static char StandIn(Rune rune)
        => rune.IsBmp ? (char)rune.Value : Rune.IsLetter(rune) ? 'a' : Rune.IsNumber(rune) ? '0' : '!';
}
