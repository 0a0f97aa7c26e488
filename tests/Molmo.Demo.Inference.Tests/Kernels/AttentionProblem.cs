using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>
/// One segment with random queries, keys and values; memory that must not matter holds what is not a number.
/// </summary>
internal sealed unsafe class AttentionProblem(
    int heads, int keyValueHeads, int headSize, int before, int rows, int seed)
{
    private readonly float[] _q = KernelData.Floats(rows * heads * headSize, seed, 2);
    private readonly float[] _k = KernelData.Floats((before + rows) * keyValueHeads * headSize, seed + 100, 2);
    private readonly float[] _v = KernelData.Floats((before + rows) * keyValueHeads * headSize, seed + 200);

    private delegate void Kernel(
        float* q, nint qStride, int heads, KeyValueBlocks blocks, AttentionSegment* segments, int segmentCount,
        int* blockTables, bool isCausal, float scale, float* y, nint yStride, ThreadTeam team);

    private float Scale => 1 / MathF.Sqrt(headSize);

    /// <summary>Replaces queries and keys by ones whose scores depend on the key's position only.</summary>
    public void MakeScores(Func<int, float> score)
    {
        _q.AsSpan().Clear();
        for (var i = 0; i < _q.Length; i += headSize) _q[i] = 1 / Scale;
        for (var i = 0; i < _k.Length; i++)
            _k[i] = i % headSize == 0 ? score(i / (keyValueHeads * headSize)) : 0;
    }

    public float[] Reference(bool isCausal)
    {
        var y = new float[_q.Length];
        Attention.Reference(_q, _k, _v, heads, keyValueHeads, headSize, isCausal ? before : -1, Scale, y);
        return y;
    }

    public Tensor Run(bool isCausal, ThreadTeam team) => Run(isCausal, team, 0, rows);

    /// <summary>Some rows, with what they see stored and no more.</summary>
    /// <returns>[rows, heads * headSize]; zero in the other rows.</returns>
    public Tensor Run(bool isCausal, ThreadTeam team, int first, int count)
        => Run(Attention.Forward, isCausal, team, first, count);

    public Tensor RunOf<T>(bool isCausal, ThreadTeam team)
        where T : struct, ILanes<T>
        => Run(Attention.ForwardOf<T>, isCausal, team, 0, rows);

    private Tensor Run(Kernel kernel, bool isCausal, ThreadTeam team, int first, int count)
    {
        var length = before + first + count;
        var blockCount = (length + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
        using var blocks = new KeyValueBlocks(2 * blockCount, keyValueHeads, headSize);
        new Span<float>(blocks.Keys, 2 * blockCount * keyValueHeads * headSize * KeyValueBlocks.BlockSize)
            .Fill(float.NaN);
        new Span<float>(blocks.Values, 2 * blockCount * keyValueHeads * blocks.ValueStride * KeyValueBlocks.BlockSize)
            .Fill(float.NaN);
        var table = Enumerable.Range(0, blockCount).Select(block => (2 * (blockCount - 1 - block)) + 1).ToArray();
        var slots = Enumerable.Range(0, length).Select(
            i => (table[i / KeyValueBlocks.BlockSize] * KeyValueBlocks.BlockSize) + (i % KeyValueBlocks.BlockSize))
            .ToArray();
        var width = heads * headSize;
        var y = new Tensor(rows, width);
        y.Span.Clear();
        var segment = new AttentionSegment { RowCount = count, FirstPosition = before + first, Length = length };
        fixed (float* q = _q, k = _k, v = _v)
        {
            fixed (int* pTable = table, pSlots = slots)
            {
                blocks.Store(k, v, keyValueHeads * headSize, pSlots, length, team);
                kernel(
                    q + ((nint)first * width), width, heads, blocks, &segment, 1, pTable, isCausal, Scale,
                    y.Data + ((nint)first * width), width, team);
            }
        }

        return y;
    }
}
