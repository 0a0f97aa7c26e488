namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// Attention cut into items: some tiles of queries with one key/value head, over all positions or over one chunk of
/// them.
/// </summary>
internal readonly unsafe struct AttentionJob<T>(
    float* q, nint qStride, int group, KeyValuePointers blocks, AttentionSegment* segments, int segmentCount,
    int* blockTables, bool isCausal, float scale, float* y, nint yStride, AttentionSplit split, Scratch scratchMemory,
    float* parts) : IKernelJob
    where T : struct, ILanes<T>
{
    private const int Rows = AttentionTile.Rows;
    private const int Chunk = Attention.Chunk;
    private const int BlockSize = KeyValueBlocks.BlockSize;

    /// <summary>
    /// Floats a thread needs: queries and states of all tiles of an item, scores and state of a chunk.
    /// </summary>
    public static int ScratchLength(int tilesPerItem, int valueStride)
        => (tilesPerItem * (Rows * Chunk)) + (Rows * Chunk)
            + ((tilesPerItem + 1) * AttentionState<T>.LengthOf(valueStride));

    public void Execute(int item, int worker)
    {
        var index = segmentCount - 1;
        while (segments[index].FirstItem > item) index--;
        ref var segment = ref segments[index];
        var scratch = scratchMemory.Of(worker);
        if (split.IsByChunk)
        {
            var chunk = (item - segment.FirstItem) % Attention.ChunksOf(segment.Length);
            var tile = (item - segment.FirstItem) / Attention.ChunksOf(segment.Length);
            var tiles = split.ItemsOf(segment.RowCount, group);
            OneChunk(ref segment, tile / tiles, tile % tiles * Rows, chunk * Chunk, scratch, StateAt(item));
        }
        else
        {
            var items = split.ItemsOf(segment.RowCount, group);
            item -= segment.FirstItem;
            AllChunks(ref segment, item / items, item % items * split.QueriesPerItem, scratch);
        }
    }

    /// <summary>After all items that were split by chunks: puts the chunks of each tile together.</summary>
    public void Join()
    {
        for (var index = 0; index < segmentCount; index++)
        {
            ref var segment = ref segments[index];
            var chunks = Attention.ChunksOf(segment.Length);
            var tiles = split.ItemsOf(segment.RowCount, group);
            for (var tile = 0; tile < tiles * blocks.HeadCount; tile++)
            {
                var item = segment.FirstItem + (tile * chunks);
                var first = tile % tiles * Rows;
                var count = Math.Min(Rows, (segment.RowCount * group) - first);
                var state = StateAt(item);
                for (var begin = Chunk; begin < SeenBy(ref segment, first + count - 1); begin += Chunk)
                    state.Add(StateAt(item + (begin / Chunk)), count);
                Finish(ref segment, tile / tiles, first, count, state);
            }
        }
    }

    private AttentionState<T> StateAt(int item)
        => new(parts + ((nint)item * AttentionState<T>.LengthOf(blocks.ValueStride)), blocks.ValueStride);

    /// <summary>Tiles pass by each chunk together, so that it comes near once for all of them.</summary>
    /// <param name="segment">What the rows attend to.</param>
    /// <param name="head">Key/value head.</param>
    /// <param name="first">First query; they are counted over rows, and in a row over the head's group.</param>
    /// <param name="scratch">As <see cref="ScratchLength"/> says.</param>
    private void AllChunks(ref AttentionSegment segment, int head, int first, float* scratch)
    {
        var end = Math.Min(first + split.QueriesPerItem, segment.RowCount * group);
        var scores = scratch;
        var queries = scores + (Rows * Chunk);
        var states = queries + (split.QueriesPerItem * Chunk);
        var stateLength = AttentionState<T>.LengthOf(blocks.ValueStride);
        var part = new AttentionState<T>(states + (split.QueriesPerItem / Rows * stateLength), blocks.ValueStride);
        for (var query = first; query < end; query++)
            LoadQuery(ref segment, head, query, queries + ((query - first) * Chunk));

        var seen = SeenBy(ref segment, end - 1);
        for (var begin = 0; begin < seen; begin += Chunk)
        {
            for (var tile = first; tile < end; tile += Rows)
            {
                var count = Math.Min(Rows, end - tile);
                if (begin >= SeenBy(ref segment, tile + count - 1)) continue;
                var state = new AttentionState<T>(states + ((tile - first) / Rows * stateLength), blocks.ValueStride);
                var packed = queries + ((tile - first) * Chunk);
                AddChunk(ref segment, head, tile, count, begin, packed, scores, begin == 0 ? state : part);
                if (begin > 0) state.Add(part, count);
            }
        }

        for (var tile = first; tile < end; tile += Rows)
        {
            var state = new AttentionState<T>(states + ((tile - first) / Rows * stateLength), blocks.ValueStride);
            Finish(ref segment, head, tile, Math.Min(Rows, end - tile), state);
        }
    }

    private void OneChunk(
        ref AttentionSegment segment, int head, int first, int begin, float* scratch, AttentionState<T> state)
    {
        var count = Math.Min(Rows, (segment.RowCount * group) - first);
        if (begin >= SeenBy(ref segment, first + count - 1)) return;
        var queries = scratch + (Rows * Chunk);
        for (var i = 0; i < count; i++) LoadQuery(ref segment, head, first + i, queries + (i * Chunk));
        AddChunk(ref segment, head, first, count, begin, queries, scratch, state);
    }

    /// <summary>What a tile's queries find in a chunk of positions, as if there were no others.</summary>
    /// <param name="segment">What the rows attend to.</param>
    /// <param name="head">Key/value head.</param>
    /// <param name="first">First query of the tile.</param>
    /// <param name="count">Its queries.</param>
    /// <param name="begin">First position of the chunk; the last query sees it.</param>
    /// <param name="queries">[Rows, Chunk], scaled.</param>
    /// <param name="scores">[Rows, Chunk], for use here.</param>
    /// <param name="state">The result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddChunk(
        ref AttentionSegment segment, int head, int first, int count, int begin, float* queries, float* scores,
        AttentionState<T> state)
    {
        // No further than the last query sees: what lies beyond may be another sequence's leavings, even not a number.
        var positions = Math.Min(Chunk, SeenBy(ref segment, first + count - 1) - begin);
        var blockCount = (positions + BlockSize - 1) / BlockSize;
        var keys = stackalloc float*[Attention.BlocksPerChunk + 1];
        var values = stackalloc float*[Attention.BlocksPerChunk + 1];
        var table = blockTables + segment.FirstBlock + (begin / BlockSize);
        for (var block = 0; block < blockCount; block++)
        {
            keys[block] = blocks.KeysOf(table[block], head);
            values[block] = blocks.ValuesOf(table[block], head);
        }

        keys[blockCount] = values[0];
        values[blockCount] = begin + Chunk < SeenBy(ref segment, first + count - 1)
            ? blocks.KeysOf(table[blockCount], head) : values[0];

        for (var block = 0; block < blockCount; block++)
        {
            var panel = new AttentionPanels
            {
                Starts = keys + block,
                Count = 1,
                LastDepth = blocks.HeadSize,
                Stride = BlockSize,
            };
            AttentionTile.Forward<T>(count, queries, panel, scores + (block * BlockSize), Chunk);
        }

        // One after the other, so that the processor need not wait in the middle of each row.
        for (var i = 0; i < count; i++)
            state.Largest[i] = Mask(scores + (i * Chunk), SeenBy(ref segment, first + i) - begin, positions);
        for (var i = 0; i < count; i++)
            state.Sums[i] = Exponentials(
                scores + (i * Chunk), SeenBy(ref segment, first + i) - begin, positions, state.Largest[i]);

        var panels = new AttentionPanels
        {
            Starts = values,
            Count = blockCount,
            Depth = BlockSize,
            LastDepth = positions - ((blockCount - 1) * BlockSize),
            Stride = blocks.ValueStride,
        };
        for (; panels.Column < blocks.HeadSize; panels.Column += AttentionTile.Width)
            AttentionTile.Forward<T>(count, scores, panels, state.Totals + panels.Column, blocks.ValueStride);
    }

    private int SeenBy(ref AttentionSegment segment, int query)
        => isCausal ? segment.FirstPosition + (query / group) + 1 : segment.Length;

    private void LoadQuery(ref AttentionSegment segment, int head, int query, float* target)
    {
        var (row, member) = Math.DivRem(query, group);
        var source = q + ((segment.FirstRow + row) * qStride) + (((head * group) + member) * blocks.HeadSize);
        Scaled(source, scale, blocks.HeadSize, target);
    }

    private void Finish(ref AttentionSegment segment, int head, int first, int count, AttentionState<T> state)
    {
        for (var i = 0; i < count; i++)
        {
            var (row, member) = Math.DivRem(first + i, group);
            var target = y + ((segment.FirstRow + row) * yStride) + (((head * group) + member) * blocks.HeadSize);
            Scaled(state.Totals + (i * blocks.ValueStride), 1 / state.Sums[i], blocks.HeadSize, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scaled(float* source, float factor, int length, float* target)
    {
        var whole = length - (length % T.Count);
        var factors = T.Broadcast(factor);
        for (var i = 0; i < whole; i += T.Count) T.Store(T.Load(source + i) * factors, target + i);
        for (var i = whole; i < length; i++) target[i] = source[i] * factor;
    }

    /// <summary>
    /// Whole registers that hold what a row sees, so that it comes out the same alone and in any tile.
    /// </summary>
    /// <param name="seen">Positions of the chunk that the row sees, or more; below one for none.</param>
    /// <param name="end">Positions of the chunk that the tile's last row sees.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(int seen, int end)
        => (Math.Clamp(seen, 0, end) + T.Count - 1) / T.Count * T.Count;

    /// <summary>
    /// Makes the scores that a row does not see minus infinity, as far as <see cref="Whole"/> goes, and zero beyond.
    /// </summary>
    /// <returns>The largest score that the row sees; minus infinity where it sees none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Mask(float* scores, int seen, int end)
    {
        var whole = Whole(seen, end);
        for (var i = Math.Clamp(seen, 0, end); i < whole; i++) scores[i] = float.NegativeInfinity;
        for (var i = whole; i < end; i++) scores[i] = 0;
        var largest = T.Broadcast(float.NegativeInfinity);
        for (var i = 0; i < whole; i += T.Count) largest = T.Max(largest, T.Load(scores + i));
        return T.Largest(largest);
    }

    /// <summary>Turns masked scores into exp(score - largest).</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Exponentials(float* scores, int seen, int end, float largest)
    {
        var whole = Whole(seen, end);
        var largests = T.Broadcast(largest);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Exp(T.Load(scores + i) - largests);
            sums += value;
            T.Store(value, scores + i);
        }

        return T.Sum(sums);
    }
}
