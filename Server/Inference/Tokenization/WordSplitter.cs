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

/// <summary>The ways of cutting text into words that the Molmo tokenizers use.</summary>
internal enum SplitPattern
{
    /// <summary>Contractions, words with the character before them, single digits, symbols, spaces (Qwen2).</summary>
    SingleDigits,

    /// <summary>The same with digits in groups of up to three (cl100k, dolma2).</summary>
    DigitGroups,

    /// <summary>Contractions; words, numbers and symbols each with the space before them (GPT-2, GPT-NeoX).</summary>
    SpacedWords,
}

/// <summary>The regular expressions of the patterns. Each matches every text from end to end, without gaps.</summary>
internal static partial class SplitExpressions
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    // The tokenizers' own engine takes the long s, U+017F, for an s where case is ignored; .NET does not.
    private const string ContractionsForNet = "(?i:'s|'\u017F|'t|'re|'ve|'m|'ll|'d)";

    private const string Words = @"|[^\r\n\p{L}\p{N}]?\p{L}+|";

    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string SpacedWords = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>How files write a pattern.</summary>
    public static string Of(SplitPattern pattern) => pattern switch
    {
        SplitPattern.SingleDigits => Contractions + Words + @"\p{N}" + Rest,
        SplitPattern.DigitGroups => Contractions + Words + @"\p{N}{1,3}" + Rest,
        _ => SpacedWords,
    };

    /// <summary>The expression that cuts so under .NET, for text without surrogates.</summary>
    public static Regex ForNet(SplitPattern pattern) => pattern switch
    {
        SplitPattern.SingleDigits => SingleDigitsRegex(),
        SplitPattern.DigitGroups => DigitGroupsRegex(),
        _ => SpacedWordsRegex(),
    };

    [GeneratedRegex(ContractionsForNet + Words + @"\p{N}" + Rest, RegexOptions.CultureInvariant)]
    private static partial Regex SingleDigitsRegex();

    [GeneratedRegex(ContractionsForNet + Words + @"\p{N}{1,3}" + Rest, RegexOptions.CultureInvariant)]
    private static partial Regex DigitGroupsRegex();

    [GeneratedRegex(SpacedWords, RegexOptions.CultureInvariant)]
    private static partial Regex SpacedWordsRegex();
}
