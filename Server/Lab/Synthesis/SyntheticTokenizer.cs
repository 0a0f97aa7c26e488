using System.Text.Encodings.Web;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// A <c>tokenizer.json</c> of a published one's size and kind: bytes, then made-up words, so that any id a random network
/// answers with can be seen, and the special tokens at the published ids. Text becomes its bytes: there are no merges.
/// </summary>
internal static class SyntheticTokenizer
{
    private const string Consonants = "bcdfghjklmnpqrstvwxz";
    private const string Vowels = "aeiou";

    private static readonly string[] Own = ["<im_start>", "<im_end>", "<im_patch>", "<im_col>", "<|image|>"];

    public static void Write(string file, PublishedModel model, int vocabularySize)
    {
        using var stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteStartArray("added_tokens");
        WriteAdded(json, model.EndOfText, "<|endoftext|>");
        for (var i = 0; i < Own.Length; i++) WriteAdded(json, vocabularySize + i, Own[i]);
        json.WriteEndArray();
        json.WritePropertyName("normalizer");
        json.WriteRawValue(model.Composes ? """{"type": "NFC"}""" : "null");
        WritePreTokenizer(json, model.Split);
        json.WritePropertyName("decoder");
        json.WriteRawValue("""{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}""");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabularySize; id++)
            if (id != model.EndOfText) json.WriteNumber(id < 256 ? ByteAlphabet.CharacterOf((byte)id).ToString() : Word(id), id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A space and three syllables: one word for each number below a million.</summary>
    private static string Word(int id) => $"{ByteAlphabet.CharacterOf((byte)' ')}{Syllable(id / 10_000)}{Syllable(id / 100)}{Syllable(id)}";

    private static string Syllable(int number) => $"{Consonants[number / Vowels.Length % Consonants.Length]}{Vowels[number % Vowels.Length]}";

    private static void WriteAdded(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(flag, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, SplitPattern split)
    {
        json.WritePropertyName("pre_tokenizer");
        if (split == SplitPattern.SpacedWords)
        {
            json.WriteRawValue("""{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""");
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", SplitExpressions.Of(split));
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        json.WriteRawValue("""{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}""");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
