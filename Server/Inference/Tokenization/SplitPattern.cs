namespace Molmo.Demo.Inference.Tokenization;

/// <summary>The ways of cutting text into words that the Molmo tokenizers use, known by their regular expression.</summary>
internal enum SplitPattern
{
    /// <summary>Contractions, words with the character before them, single digits, symbols, white space (Qwen2).</summary>
    SingleDigits,

    /// <summary>The same with digits in groups of up to three (cl100k, dolma2).</summary>
    DigitGroups,

    /// <summary>Contractions, then words, numbers and symbols each with the space before them (GPT-2, GPT-NeoX).</summary>
    SpacedWords,
}
