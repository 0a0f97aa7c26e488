namespace Molmo.Demo.Inference.Tokenization;

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
