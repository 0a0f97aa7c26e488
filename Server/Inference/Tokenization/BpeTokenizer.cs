using System.Buffers;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>A byte-level BPE tokenizer, read from a Hugging Face <c>tokenizer.json</c>. For any number of threads.</summary>
/// <remarks>
/// Order of work: added tokens in the text as it came, then form C where the file asks for it, added tokens in the
/// normalized text, pieces, merges. Nothing is added in front or behind: prompts are made by their builder.
/// </remarks>
public sealed class BpeTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly Dictionary<string, AddedToken> _added;
    private readonly HashSet<int> _special;
    private readonly SplitPattern _pattern;
    private readonly bool _composes;

    private BpeTokenizer(TokenizerFile file)
    {
        _vocabulary = file.Vocabulary;
        _encoder = new BytePairEncoder(_vocabulary, file.Merges);
        _rawMatcher = new AddedTokenMatcher(file.Added.Where(token => !token.IsNormalized));
        _normalizedMatcher = new AddedTokenMatcher(file.Added.Where(token => token.IsNormalized));
        _added = file.Added.ToDictionary(token => token.Content);
        _special = [.. file.Added.Where(token => token.IsSpecial).Select(token => token.Id)];
        _pattern = file.Pattern;
        _composes = file.Composes;
    }

    /// <summary>One more than the highest id. Ids below it may be unused: they decode to nothing.</summary>
    public int Count => _vocabulary.Count;

    /// <summary>Reads a tokenizer file.</summary>
    /// <exception cref="TokenizerFormatException">Missing, not JSON, of another kind of tokenizer, or contradictory.</exception>
    public static BpeTokenizer Load(string tokenizerJsonPath)
    {
        ArgumentNullException.ThrowIfNull(tokenizerJsonPath);
        byte[] json;
        try
        {
            json = File.ReadAllBytes(tokenizerJsonPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFormatException(tokenizerJsonPath, $"the tokenizer cannot be read: {e.Message}", e);
        }
        return Load(json, tokenizerJsonPath);
    }

    /// <summary>Reads a tokenizer from memory.</summary>
    internal static BpeTokenizer Load(ReadOnlyMemory<byte> json, string file) => new(TokenizerFile.Parse(json, file));

    /// <summary>Ids of a text. Lone surrogates count as U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="allowSpecial">
    /// Whether the text of a special token becomes that token. Never for what a user typed. Added tokens that are not special
    /// (runs of spaces in GPT-NeoX) are found either way.
    /// </param>
    public int[] Encode(string text, bool allowSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        try
        {
            var utf8 = buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
            var ids = new List<int>(4 + utf8.Length / 4);
            EncodeRaw(utf8, allowSpecial, ids);
            return [.. ids];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Text of the ids; bytes that are not UTF-8 give U+FFFD, ids outside the vocabulary nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>(16 + ids.Length * 4);
        foreach (int id in ids)
            if (!skipSpecial || !IsSpecial(id)) bytes.Write(BytesOf(id));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Id of an added token by its text, or of a token of the vocabulary as the file writes it (<c>Ġthe</c>); null for none.</summary>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (_added.TryGetValue(token, out var added)) return added.Id;
        var bytes = new byte[token.Length];
        int id = ByteAlphabet.TryGetBytes(token, bytes) ? _vocabulary.IdOf(bytes) : -1;
        return id < 0 ? null : id;
    }

    /// <summary>Whether an id is a control token.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>What a token stands for; empty for ids outside the vocabulary.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id) => _vocabulary.BytesOf(id);

    private void EncodeRaw(ReadOnlySpan<byte> text, bool allowSpecial, List<int> ids)
    {
        int done = 0, from = 0;
        while (_rawMatcher.Find(text, from, out int start, out int length) is { } token)
        {
            from = start + length;
            // A special token that is not allowed stays text, and hides any token that overlaps it.
            if (token.IsSpecial && !allowSpecial) continue;
            EncodeGap(text[done..start], allowSpecial, ids);
            ids.Add(token.Id);
            done = from;
        }
        EncodeGap(text[done..], allowSpecial, ids);
    }

    private void EncodeGap(ReadOnlySpan<byte> text, bool allowSpecial, List<int> ids)
    {
        if (_composes && CanonicalComposition.MayChange(text))
        {
            var composed = new ArrayBufferWriter<byte>(text.Length);
            CanonicalComposition.Append(text, composed);
            text = composed.WrittenSpan;
        }
        int done = 0, from = 0;
        while (_normalizedMatcher.Find(text, from, out int start, out int length) is { } token)
        {
            from = start + length;
            if (token.IsSpecial && !allowSpecial) continue;
            EncodePieces(text[done..start], ids);
            ids.Add(token.Id);
            done = from;
        }
        EncodePieces(text[done..], ids);
    }

    private void EncodePieces(ReadOnlySpan<byte> text, List<int> ids)
    {
        while (text.Length > 0)
        {
            int length = PreTokenizer.FirstPiece(text, _pattern);
            _encoder.Encode(text[..length], ids);
            text = text[length..];
        }
    }
}
