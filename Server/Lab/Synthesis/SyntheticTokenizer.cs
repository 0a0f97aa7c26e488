using System.Text.Encodings.Web;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// A <c>tokenizer.json</c> of a published one's size and kind: bytes, then made-up words, so that any id a random
/// network answers with can be seen, and the special tokens at the published ids. Text becomes its bytes: there are no
/// merges.
/// </summary>
internal static class SyntheticTokenizer
{
    private const string Consonants = "bcdfghjklmnpqrstvwxz";
    private const string Vowels = "aeiou";

    private static readonly string[] Own = ["<im_start>", "<im_end>", "<im_patch>", "<im_col>", "<|image|>"];

    private static readonly JsonSerializerOptions Form =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string file, PublishedModel model, int vocabularySize)
    {
        var words = Enumerable.Range(0, vocabularySize).Where(id => id != model.EndOfText)
            .ToDictionary(id => id < 256 ? ByteAlphabet.CharacterOf((byte)id).ToString() : Word(id), id => id);
        using var stream = File.Create(file);
        JsonSerializer.Serialize(stream, new
        {
            version = "1.0",
            added_tokens = Own.Select((name, i) => Added(vocabularySize + i, name))
                .Prepend(Added(model.EndOfText, "<|endoftext|>")),
            normalizer = model.Composes ? new { type = "NFC" } : null,
            pre_tokenizer = PreTokenizer(model.Split),
            decoder = ByteLevel(splits: false),
            model = new { type = "BPE", vocab = words, merges = Array.Empty<string>() },
        }, Form);
    }

    /// <summary>A space and three syllables: one word for each number below a million.</summary>
    private static string Word(int id)
        => $"{ByteAlphabet.CharacterOf((byte)' ')}{Syllable(id / 10_000)}{Syllable(id / 100)}{Syllable(id)}";

    private static string Syllable(int number)
        => $"{Consonants[number / Vowels.Length % Consonants.Length]}{Vowels[number % Vowels.Length]}";

    private static object Added(int id, string content)
        => new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };

    private static object ByteLevel(bool splits)
        => new { type = "ByteLevel", add_prefix_space = false, trim_offsets = splits, use_regex = splits };

    private static object PreTokenizer(SplitPattern split)
    {
        if (split == SplitPattern.SpacedWords) return ByteLevel(splits: true);
        var pattern = new { Regex = SplitExpressions.Of(split) };
        var cut = new { type = "Split", pattern, behavior = "Isolated", invert = false };
        return new { type = "Sequence", pretokenizers = (object[])[cut, ByteLevel(splits: false)] };
    }
}
