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

    /// <param name="capacity">Merges that will be added.</param>
    public MergeTable(int capacity)
    {
        uint size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 1) * 2);
        _shift = 64 - BitOperations.Log2(size);
        _entries = new Entry[size];
        Array.Fill(_entries, new Entry(Free, None, -1));
    }

    /// <summary>Merges added so far: the rank of the next.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the next merge; false where the pair is there already.</summary>
    public bool TryAdd(int left, int right, int merged)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        for (; _entries[slot].Key != Free; slot = (slot + 1) & (_entries.Length - 1))
            if (_entries[slot].Key == key) return false;
        _entries[slot] = new Entry(key, Count++, merged);
        return true;
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
