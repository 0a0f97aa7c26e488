using System.Buffers;
using Microsoft.ML.Tokenizers;
using Merger = Microsoft.ML.Tokenizers.BpeTokenizer;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>A byte-level BPE tokenizer of a Hugging Face <c>tokenizer.json</c>. For any number of threads.</summary>
/// <remarks>
/// Order of work: added tokens in the text as it came, then form C where the file asks for it, added tokens in the
/// normalized text, pieces, merges. Microsoft.ML.Tokenizers merges; it keeps the first 10,000 pieces of up to 15 bytes
/// with their ids. Nothing is added in front or behind: prompts are made by their builder.
/// </remarks>
public sealed class BpeTokenizer
{
    // The merger's time and that of form C grow with the square of a text without spaces.
    private const int LongestStretch = 12_000;

    private readonly Merger _merger;
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly List<string?> _names;
    private readonly HashSet<int> _special;
    private readonly bool _composes;

    private BpeTokenizer(TokenizerFile file)
    {
        var words = new WordSplitter(file.Pattern);
        var options = new BpeOptions(file.Entries) { Merges = file.Merges, ByteLevel = true, PreTokenizer = words };
        _merger = Merger.Create(options);
        _rawMatcher = new AddedTokenMatcher(file.Added.Where(token => !token.IsNormalized));
        _normalizedMatcher = new AddedTokenMatcher(file.Added.Where(token => token.IsNormalized));
        _names = file.Names;
        _special = [.. file.Added.Where(token => token.IsSpecial).Select(token => token.Id)];
        _composes = file.Composes;
    }

    /// <summary>One more than the highest id. Ids below it may be unused: they decode to nothing.</summary>
    public int Count => _names.Count;

    /// <summary>Reads a tokenizer file.</summary>
    /// <exception cref="ModelFormatException">
    /// Missing, not JSON, of another kind of tokenizer, or contradictory.
    /// </exception>
    public static BpeTokenizer Load(string tokenizerJsonPath)
    {
        ArgumentNullException.ThrowIfNull(tokenizerJsonPath);
        return ModelFile.Open(tokenizerJsonPath, (path, handle) =>
        {
            using var stream = new FileStream(handle, FileAccess.Read);
            var json = new byte[stream.Length];
            stream.ReadExactly(json);
            return Load(json, path);
        });
    }

    /// <summary>Reads a tokenizer from memory.</summary>
    internal static BpeTokenizer Load(ReadOnlyMemory<byte> json, string file) => new(TokenizerFile.Parse(json, file));

    /// <summary>Ids of a text. Lone surrogates count as U+FFFD.</summary>
    /// <param name="text">
    /// Any text. More than 12,000 characters without a space are encoded in parts, so that time does not grow with the
    /// square; the ids beside such a cut may differ from the published code's.
    /// </param>
    /// <param name="allowSpecial">
    /// Whether the text of a special token becomes that token. Never for what a user typed. Added tokens that are not
    /// special (runs of spaces in GPT-NeoX) are found either way.
    /// </param>
    public int[] Encode(string text, bool allowSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        var ids = new List<int>(4 + text.Length / 4);
        for (int start = 0; start < text.Length;)
        {
            int end = StretchEnd(text, start);
            EncodeStretch(text[start..end], allowSpecial, ids);
            start = end;
        }
        return [.. ids];
    }

    /// <summary>Text of the ids; bytes that are not UTF-8 give U+FFFD, ids outside the vocabulary nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>(16 + ids.Length * 4);
        foreach (int id in ids)
            if (!skipSpecial || !IsSpecial(id)) bytes.Write(BytesOf(id));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Id of a token as the file writes it: <c>Ġthe</c>, or an added token's text; null for none.</summary>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _names.IndexOf(token) is var id and >= 0 ? id : null;
    }

    /// <summary>Whether an id is a control token.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>What a token stands for; empty for ids outside the vocabulary.</summary>
    internal byte[] BytesOf(int id)
        => (uint)id < (uint)Count && _names[id] is { } name ? ByteAlphabet.BytesOf(name) : [];

    /// <summary>The end of what is encoded in one go: before a space behind a word, where all patterns cut.</summary>
    private static int StretchEnd(string text, int start)
    {
        if (text.Length - start <= LongestStretch) return text.Length;
        int end = start + LongestStretch;
        for (int i = end; i > start; i--)
            if (text[i] == ' ' && !char.IsWhiteSpace(text[i - 1])) return i;
        return char.IsLowSurrogate(text[end]) ? end - 1 : end;
    }

    private void EncodeStretch(string text, bool allowSpecial, List<int> ids)
    {
        foreach (var (raw, token) in _rawMatcher.Split(text, allowSpecial))
        {
            string normalized = _composes ? Compose(raw) : raw;
            foreach (var (words, normalizedToken) in _normalizedMatcher.Split(normalized, allowSpecial))
            {
                if (words.Length > 0) ids.AddRange(_merger.EncodeToIds(words, considerNormalization: false));
                if (normalizedToken is not null) ids.Add(normalizedToken.Id);
            }
            if (token is not null) ids.Add(token.Id);
        }
    }

    /// <summary>Form C. <see cref="string.Normalize()"/> refuses U+FFFE, which stands alone in every form.</summary>
    private static string Compose(string text)
        => text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF')
            ? string.Join('\uFFFE', text.Split('\uFFFE').Select(part => part.Normalize()))
            : text;
}
