using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Attention cut into items of one tile of queries with one key/value head.</summary>
internal readonly unsafe struct AttentionJob(
    float* q, nint qStride, int group, int headSize, int valueStride, int keyValueHeads, float* keyBlocks,
    float* valueBlocks, AttentionSegment* segments, int segmentCount, int* blockTables, bool isCausal, float scale,
    float* y, nint yStride, Scratch scratchMemory) : IKernelJob
{
    private const int TileRows = MatMul.TileRows;
    private const int Chunk = MatMul.Chunk;
    private const int Width = PackedMatrix.PanelWidth;
    private const int BlockSize = KeyValueBlocks.BlockSize;
    private const int BlocksPerChunk = Chunk / BlockSize;
    private const int TileLength = TileRows * Chunk;

    /// <summary>
    /// Floats a thread needs: a tile of queries, its scores by chunks of positions, its sums of values.
    /// </summary>
    public static int ScratchLength(int longest, int valueStride)
        => checked((TileLength * (1 + ((longest + Chunk - 1) / Chunk))) + (TileRows * valueStride));

    public void Execute(int item, int worker)
    {
        var index = segmentCount - 1;
        while (segments[index].FirstItem > item) index--;
        ref var segment = ref segments[index];
        item -= segment.FirstItem;
        var tiles = Attention.TilesOf(segment.RowCount, group);
        Tile(ref segment, item / tiles, item % tiles * TileRows, scratchMemory.Of(worker));
    }

    /// <param name="segment">What the rows attend to.</param>
    /// <param name="head">Key/value head.</param>
    /// <param name="first">First query of the tile; queries are counted over rows, and in a row over the head's
    /// group.</param>
    /// <param name="scratch">As <see cref="ScratchLength"/> says.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tile(ref AttentionSegment segment, int head, int first, float* scratch)
    {
        var count = Math.Min(TileRows, (segment.RowCount * group) - first);
        var queries = scratch;
        var sums = scratch + TileLength;
        var scores = sums + (TileRows * valueStride);
        for (var i = 0; i < count; i++)
        {
            var source = QueryAt(ref segment, head, first + i);
            for (var k = 0; k < headSize; k++) queries[(i * Chunk) + k] = source[k] * scale;
        }

        var seen = SeenBy(ref segment, first + count - 1);
        var blockCount = (seen + BlockSize - 1) / BlockSize;
        var table = blockTables + segment.FirstBlock;
        for (var block = 0; block < blockCount; block++)
        {
            var keys = keyBlocks + ((((nint)table[block] * keyValueHeads) + head) * headSize * BlockSize);
            MatMul.Tile(count, queries, keys, BlockSize, headSize, null, 0, ScoresOf(scores, block), Chunk);
        }

        var inverse = stackalloc float[TileRows];
        for (var i = 0; i < count; i++)
            inverse[i] = 1 / Exponentials(scores + (i * Chunk), SeenBy(ref segment, first + i), seen);

        for (var block = 0; block < blockCount; block++)
        {
            // No further than the last row sees: what lies beyond may be another sequence's leavings, even not a
            // number.
            var depth = Math.Min(BlockSize, seen - (block * BlockSize));
            var values = valueBlocks + ((((nint)table[block] * keyValueHeads) + head) * BlockSize * valueStride);
            for (var column = 0; column < headSize; column += Width)
            {
                var start = block == 0 ? null : sums + column;
                MatMul.Tile(
                    count, ScoresOf(scores, block), values + column, valueStride, depth, start, valueStride,
                    sums + column, valueStride);
            }
        }

        for (var i = 0; i < count; i++)
        {
            var (row, member) = Math.DivRem(first + i, group);
            var target = y + ((segment.FirstRow + row) * yStride) + (((head * group) + member) * headSize);
            for (var k = 0; k < headSize; k++) target[k] = sums[(i * valueStride) + k] * inverse[i];
        }
    }

    private static float* ScoresOf(float* scores, int block)
        => scores + (block / BlocksPerChunk * TileLength) + (block % BlocksPerChunk * BlockSize);

    private float* QueryAt(ref AttentionSegment segment, int head, int query)
    {
        var (row, member) = Math.DivRem(query, group);
        return q + ((segment.FirstRow + row) * qStride) + (((head * group) + member) * headSize);
    }

    private int SeenBy(ref AttentionSegment segment, int query)
        => isCausal ? segment.FirstPosition + (query / group) + 1 : segment.Length;

    /// <summary>
    /// Turns a row of scores into exp(score - largest), zero beyond what the row sees, and gives their sum.
    /// </summary>
    /// <param name="scores">The row in the first chunk; the next chunk's is a tile further on.</param>
    /// <param name="seen">Positions the row sees.</param>
    /// <param name="end">Positions that the tile goes on to use.</param>
    private static float Exponentials(float* scores, int seen, int end)
    {
        if (Vector512.IsHardwareAccelerated) return ExponentialsOf<Lanes512>(scores, seen, end);
        if (Vector256.IsHardwareAccelerated) return ExponentialsOf<Lanes256>(scores, seen, end);
        if (Vector128.IsHardwareAccelerated) return ExponentialsOf<Lanes128>(scores, seen, end);
        return ReferenceExponentials(scores, seen, end);
    }

    /// <summary>The plain form of <see cref="Exponentials"/>.</summary>
    internal static float ReferenceExponentials(float* scores, int seen, int end)
    {
        var largest = float.NegativeInfinity;
        for (var i = 0; i < seen; i++) largest = MathF.Max(largest, scores[OffsetOf(i)]);
        var sum = 0f;
        for (var i = 0; i < end; i++)
        {
            ref var score = ref scores[OffsetOf(i)];
            score = i < seen ? MathF.Exp(score - largest) : 0;
            sum += score;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float ExponentialsOf<T>(float* scores, int seen, int end)
        where T : struct, ILanes<T>
    {
        // Whole registers only, so that a row comes out the same alone and in any batch. Blocks are multiples of them.
        var whole = (seen + T.Count - 1) / T.Count * T.Count;
        for (var i = seen; i < whole; i++) scores[OffsetOf(i)] = float.NegativeInfinity;
        for (var i = whole; i < end; i++) scores[OffsetOf(i)] = 0;

        var largests = T.Broadcast(float.NegativeInfinity);
        for (var i = 0; i < whole; i += T.Count) largests = T.Max(largests, T.Load(scores + OffsetOf(i)));
        largests = T.Broadcast(T.Largest(largests));
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Exp(T.Load(scores + OffsetOf(i)) - largests);
            sums += value;
            T.Store(value, scores + OffsetOf(i));
        }

        return T.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OffsetOf(int position) => (position / Chunk * TileLength) + (position % Chunk);
}
