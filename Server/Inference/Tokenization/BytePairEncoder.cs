using System.Runtime.InteropServices;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Merges the bytes of one piece into tokens, the pair of lowest rank first, the leftmost of equals.</summary>
internal sealed class BytePairEncoder
{
    // Up to here scanning for the lowest rank beats a heap; beyond, it would be quadratic.
    private const int LongestScanned = 96;

    private const byte Unknown = 0, Single = 1, Several = 2;

    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly int[] _byteIds = new int[256];

    // Whether merging the bytes of a token gives that token: found out at first use. Threads may find the same out twice.
    private readonly byte[] _wholeTokens;

    /// <param name="vocabulary">Holds every byte that valid UTF-8 can contain.</param>
    /// <param name="merges">Between tokens of the vocabulary.</param>
    public BytePairEncoder(Vocabulary vocabulary, MergeTable merges)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _wholeTokens = new byte[vocabulary.Count];
        for (int value = 0; value < 256; value++) _byteIds[value] = vocabulary.IdOf([(byte)value]);
    }

    /// <summary>Appends the tokens of a piece.</summary>
    /// <param name="piece">Valid UTF-8, not empty.</param>
    /// <param name="ids">Takes the ids.</param>
    public void Encode(ReadOnlySpan<byte> piece, List<int> ids)
    {
        int whole = piece.Length == 1 ? _byteIds[piece[0]] : _vocabulary.IdOf(piece);
        if (whole >= 0 && (piece.Length == 1 || _wholeTokens[whole] == Single))
        {
            ids.Add(whole);
            return;
        }
        int start = ids.Count;
        if (piece.Length <= LongestScanned) EncodeShort(piece, ids);
        else EncodeLong(piece, ids);
        if (whole >= 0 && _wholeTokens[whole] == Unknown)
            _wholeTokens[whole] = ids.Count == start + 1 && ids[start] == whole ? Single : Several;
    }

    internal void EncodeShort(ReadOnlySpan<byte> piece, List<int> ids)
    {
        int count = piece.Length;
        Span<Symbol> symbols = stackalloc Symbol[count];
        for (int i = 0; i < count; i++) symbols[i].Id = _byteIds[piece[i]];
        for (int i = 0; i < count - 1; i++) symbols[i].Rank = _merges.RankOf(symbols[i].Id, symbols[i + 1].Id, out symbols[i].Merged);
        symbols[count - 1].Rank = MergeTable.None;

        while (true)
        {
            int best = 0, bestRank = MergeTable.None;
            for (int i = 0; i < count - 1; i++)
            {
                if (symbols[i].Rank >= bestRank) continue;
                bestRank = symbols[i].Rank;
                best = i;
            }
            if (bestRank == MergeTable.None) break;

            symbols[best].Id = symbols[best].Merged;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            count--;
            if (best + 1 < count)
                symbols[best].Rank = _merges.RankOf(symbols[best].Id, symbols[best + 1].Id, out symbols[best].Merged);
            else
                symbols[best].Rank = MergeTable.None;
            if (best > 0)
                symbols[best - 1].Rank = _merges.RankOf(symbols[best - 1].Id, symbols[best].Id, out symbols[best - 1].Merged);
        }
        foreach (ref readonly var symbol in symbols[..count]) ids.Add(symbol.Id);
    }

    /// <summary>The same by a heap of candidate merges over a linked list: n log n.</summary>
    internal void EncodeLong(ReadOnlySpan<byte> piece, List<int> ids)
    {
        int count = piece.Length;
        var nodes = new Node[count];
        var candidates = new PriorityQueue<(int Position, int Left, int Right), ulong>(count);
        for (int i = 0; i < count; i++) nodes[i] = new Node { Id = _byteIds[piece[i]], Previous = i - 1, Next = i + 1 };
        for (int i = 0; i < count - 1; i++) AddCandidate(nodes, i, candidates);

        while (candidates.TryDequeue(out var candidate, out _))
        {
            ref var left = ref nodes[candidate.Position];
            // Stale where one of the two has been merged since.
            if (left.Id != candidate.Left || left.Next == count || nodes[left.Next].Id != candidate.Right) continue;
            ref var right = ref nodes[left.Next];
            _merges.RankOf(left.Id, right.Id, out left.Id);
            right.Id = -1;
            left.Next = right.Next;
            if (left.Next < count)
            {
                nodes[left.Next].Previous = candidate.Position;
                AddCandidate(nodes, candidate.Position, candidates);
            }
            if (left.Previous >= 0) AddCandidate(nodes, left.Previous, candidates);
        }
        for (int i = 0; i < count; i = nodes[i].Next) ids.Add(nodes[i].Id);
    }

    private void AddCandidate(Node[] nodes, int position, PriorityQueue<(int Position, int Left, int Right), ulong> candidates)
    {
        int left = nodes[position].Id, right = nodes[nodes[position].Next].Id;
        int rank = _merges.RankOf(left, right, out _);
        if (rank != MergeTable.None) candidates.Enqueue((position, left, right), ((ulong)(uint)rank << 32) | (uint)position);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Symbol
    {
        public int Id;

        /// <summary>Rank and result of merging with the next symbol.</summary>
        public int Rank, Merged;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Node
    {
        public int Id, Previous, Next;
    }
}
