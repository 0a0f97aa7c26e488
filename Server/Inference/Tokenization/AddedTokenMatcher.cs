using System.Buffers;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, of those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly SearchValues<byte> _firstBytes;

    // Node of the trie and next byte, in one key.
    private readonly Dictionary<int, int> _children = [];
    private readonly Dictionary<int, AddedToken> _ends = [];

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        var firstBytes = new HashSet<byte>();
        int nodeCount = 1;
        foreach (var token in tokens)
        {
            var bytes = Encoding.UTF8.GetBytes(token.Content);
            firstBytes.Add(bytes[0]);
            int node = 0;
            foreach (byte value in bytes)
            {
                if (!_children.TryGetValue(Key(node, value), out int child)) _children[Key(node, value)] = child = nodeCount++;
                node = child;
            }
            _ends[node] = token;
        }
        _firstBytes = SearchValues.Create(firstBytes.ToArray());
    }

    /// <summary>The next added token at or after a position.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="start">Where the token stands.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Null where none is left.</returns>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, out int start, out int length)
    {
        for (start = from; ; start++)
        {
            int offset = text[start..].IndexOfAny(_firstBytes);
            if (offset < 0) break;
            start += offset;
            if (LongestAt(text[start..], out length) is { } token) return token;
        }
        length = 0;
        return null;
    }

    private static int Key(int node, byte value) => (node << 8) | value;

    private AddedToken? LongestAt(ReadOnlySpan<byte> text, out int length)
    {
        AddedToken? longest = null;
        length = 0;
        int node = 0;
        for (int i = 0; i < text.Length && _children.TryGetValue(Key(node, text[i]), out node); i++)
        {
            if (!_ends.TryGetValue(node, out var token)) continue;
            longest = token;
            length = i + 1;
        }
        return longest;
    }
}
