using System.Numerics;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Which pairs of tokens merge, in what order, and into what.</summary>
internal sealed class MergeTable
{
    /// <summary>Rank of a pair that does not merge.</summary>
    public const int None = int.MaxValue;

    private const ulong Free = ulong.MaxValue;

    private readonly Entry[] _entries;
    private readonly int _shift;

    /// <param name="merges">Left, right and merged id, the first to be applied first.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        uint size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(merges.Count, 1) * 2);
        _shift = 64 - BitOperations.Log2(size);
        _entries = new Entry[size];
        Array.Fill(_entries, new Entry(Free, None, -1));
        for (int rank = 0; rank < merges.Count; rank++)
        {
            var (left, right, merged) = merges[rank];
            ulong key = Key(left, right);
            int slot = Slot(key);
            while (_entries[slot].Key != Free) slot = (slot + 1) & (_entries.Length - 1);
            _entries[slot] = new Entry(key, rank, merged);
        }
    }

    /// <summary>The lower the rank, the earlier; <see cref="None"/> where the pair does not merge.</summary>
    public int RankOf(int left, int right, out int merged)
    {
        ulong key = Key(left, right);
        for (int slot = Slot(key); ; slot = (slot + 1) & (_entries.Length - 1))
        {
            ref readonly var entry = ref _entries[slot];
            if (entry.Key != key && entry.Key != Free) continue;
            merged = entry.Merged;
            return entry.Rank;
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);

    private readonly record struct Entry(ulong Key, int Rank, int Merged);
}
