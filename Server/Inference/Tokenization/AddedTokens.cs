using System.Buffers;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>A token that is found in the text as a whole, before any splitting.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that stands for it.</param>
/// <param name="IsSpecial">A control token: left out of decoded text on request, and never made from what a user
/// types.</param>
/// <param name="IsNormalized">Looked for in the normalized text, after all others; else in the text as it came.</param>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized);

/// <summary>Finds added tokens in text: the leftmost, of those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<string, AddedToken> _tokens;
    private readonly SearchValues<string> _contents;

    // Of the tokens, each once, the longest first.
    private readonly int[] _lengths;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _tokens = tokens.ToDictionary(token => token.Content, StringComparer.Ordinal);
        _contents = SearchValues.Create([.. _tokens.Keys], StringComparison.Ordinal);
        _lengths = [.. _tokens.Keys.Select(content => content.Length).Distinct().OrderDescending()];
    }

    /// <summary>Cuts a text at its added tokens: what stands before each, and it; last the rest, and null.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="allowSpecial">
    /// Whether special tokens count. One that does not stays text, and hides any that overlaps it.
    /// </param>
    public IEnumerable<(string Before, AddedToken? Token)> Split(string text, bool allowSpecial)
    {
        int done = 0;
        for (int from = 0; text.AsSpan(from).IndexOfAny(_contents) is var offset and >= 0;)
        {
            int start = from + offset;
            var token = LongestAt(text.AsSpan(start));
            from = start + token.Content.Length;
            if (token.IsSpecial && !allowSpecial) continue;
            yield return (text[done..start], token);
            done = from;
        }
        yield return (text[done..], null);
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        var tokens = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int length in _lengths)
            if (length <= text.Length && tokens.TryGetValue(text[..length], out var token)) return token;
        throw new InvalidOperationException("No added token stands where one was found.");
    }
}
