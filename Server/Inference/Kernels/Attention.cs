using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Rows of a batch that attend to one block table: a sequence's new positions, or a crop's patches.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct AttentionSegment
{
    /// <summary>First row of the queries.</summary>
    public int FirstRow;

    /// <summary>Rows.</summary>
    public int RowCount;

    /// <summary>Position of the first row. Where attention is causal, a row sees up to its own position.</summary>
    public int FirstPosition;

    /// <summary>Positions stored.</summary>
    public int Length;

    /// <summary>Where the segment's blocks begin in the list of all block tables.</summary>
    public int FirstBlock;

    /// <summary>Work items before this segment's; set by the kernel.</summary>
    internal int FirstItem;
}

/// <summary>
/// softmax(q * k^T * scale) * v over keys and values in blocks, with grouped queries, causal or full.
/// </summary>
/// <remarks>
/// A tile is up to <see cref="AttentionTile.Rows"/> queries that share a key/value head: neighbouring rows, and in each
/// row the group of query heads. It goes over the positions in chunks, keeps what it found of each as an
/// <see cref="AttentionState{T}"/>, and puts these together in order; only one chunk's scores are ever stored. Chunks
/// begin at multiples of <see cref="Chunk"/>, and positions beyond a row's sight count as zero: no row's result depends
/// on the rows beside it, on which of them are computed together, or on how many threads share the work.
/// </remarks>
internal static unsafe class Attention
{
    /// <summary>Largest head that fits a tile.</summary>
    public const int MaxHeadSize = AttentionTile.Stride;

    /// <summary>Positions of a chunk.</summary>
    internal const int Chunk = AttentionTile.Stride;

    internal const int BlocksPerChunk = Chunk / KeyValueBlocks.BlockSize;

    /// <param name="q">[rows, heads * headSize] at a stride of its own.</param>
    /// <param name="qStride">Floats from one row of q to the next.</param>
    /// <param name="heads">Query heads, a multiple of the key/value heads; neighbours share one.</param>
    /// <param name="blocks">Keys and values, those of the rows themselves already stored.</param>
    /// <param name="segments">Which rows attend to what.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="blockTables">Blocks of all segments.</param>
    /// <param name="isCausal">Whether a row sees only up to its own position.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="y">[rows, heads * headSize].</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="team">Threads that share the tiles.</param>
    public static void Forward(
        float* q, nint qStride, int heads, KeyValueBlocks blocks, AttentionSegment* segments, int segmentCount,
        int* blockTables, bool isCausal, float scale, float* y, nint yStride, ThreadTeam team)
    {
        if (Vector512.IsHardwareAccelerated)
            ForwardOf<Lanes512>(
                q, qStride, heads, blocks, segments, segmentCount, blockTables, isCausal, scale, y, yStride, team);
        else if (Vector256.IsHardwareAccelerated)
            ForwardOf<Lanes256>(
                q, qStride, heads, blocks, segments, segmentCount, blockTables, isCausal, scale, y, yStride, team);
        else
            ForwardOf<Lanes128>(
                q, qStride, heads, blocks, segments, segmentCount, blockTables, isCausal, scale, y, yStride, team);
    }

    /// <summary>The same in registers of one width.</summary>
    internal static void ForwardOf<T>(
        float* q, nint qStride, int heads, KeyValueBlocks blocks, AttentionSegment* segments, int segmentCount,
        int* blockTables, bool isCausal, float scale, float* y, nint yStride, ThreadTeam team)
        where T : struct, ILanes<T>
    {
        var group = heads / blocks.HeadCount;
        var work = 0L;
        for (var i = 0; i < segmentCount; i++)
            work += (long)segments[i].RowCount * heads * segments[i].Length * 2 * blocks.HeadSize;

        var (split, items) = AttentionSplit.For(segments, segmentCount, group, blocks.HeadCount, work, team);
        var scratch = team.ReserveScratch(
            AttentionJob<T>.ScratchLength(split.QueriesPerItem / AttentionTile.Rows, blocks.ValueStride));
        var parts = split.IsByChunk
            ? team.ReserveShared((long)items * AttentionState<T>.LengthOf(blocks.ValueStride) * sizeof(float)) : null;
        var job = new AttentionJob<T>(
            q, qStride, group, blocks.Pointers, segments, segmentCount, blockTables, isCausal, scale, y, yStride, split,
            scratch, (float*)parts);
        team.Run(ref job, items, work);
        if (split.IsByChunk) job.Join();
    }

    /// <summary>Chunks of that many positions.</summary>
    internal static int ChunksOf(int length) => (length + Chunk - 1) / Chunk;

    /// <summary>The plain form, for one segment whose keys and values lie row after row.</summary>
    /// <param name="q">[rows, heads, headSize].</param>
    /// <param name="k">[positions, keyValueHeads, headSize].</param>
    /// <param name="v">[positions, keyValueHeads, headSize].</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Key/value heads.</param>
    /// <param name="headSize">Floats a head.</param>
    /// <param name="firstPosition">Position of the first row; below zero for full attention.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="y">[rows, heads, headSize].</param>
    public static void Reference(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int heads, int keyValueHeads, int headSize,
        int firstPosition, float scale, Span<float> y)
    {
        var positions = k.Length / (keyValueHeads * headSize);
        for (var row = 0; row < q.Length / (heads * headSize); row++)
        {
            var seen = firstPosition < 0 ? positions : firstPosition + row + 1;
            var scores = new float[seen];
            for (var head = 0; head < heads; head++)
            {
                var query = q.Slice(((row * heads) + head) * headSize, headSize);
                var shared = head / (heads / keyValueHeads);
                for (var position = 0; position < seen; position++)
                {
                    var key = k.Slice(((position * keyValueHeads) + shared) * headSize, headSize);
                    var sum = 0f;
                    for (var i = 0; i < headSize; i++) sum += query[i] * key[i];
                    scores[position] = sum * scale;
                }

                Softmax.Reference(scores);
                var result = y.Slice(((row * heads) + head) * headSize, headSize);
                result.Clear();
                for (var position = 0; position < seen; position++)
                {
                    var value = v.Slice(((position * keyValueHeads) + shared) * headSize, headSize);
                    for (var i = 0; i < headSize; i++) result[i] += scores[position] * value[i];
                }
            }
        }
    }
}
