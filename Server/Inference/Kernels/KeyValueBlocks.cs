using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Keys and values of one layer, in blocks of <see cref="BlockSize"/> positions.</summary>
/// <remarks>
/// Keys of a block and head lie as [headSize, BlockSize], which is a panel of <see cref="PackedMatrix"/>: scores are
/// then an ordinary tile product. Values lie as [BlockSize, ValueStride] for the same reason, the head size rounded up
/// to whole panels. Slot s is position s % BlockSize of block s / BlockSize.
/// </remarks>
internal sealed unsafe class KeyValueBlocks(int blockCount, int headCount, int headSize) : IDisposable
{
    public const int BlockSize = PackedMatrix.PanelWidth;

    private readonly Tensor _keys = new(blockCount * headCount, headSize * BlockSize);
    private readonly Tensor _values = new(blockCount * headCount, StrideOf(headSize) * BlockSize);

    public int HeadCount { get; } = headCount;

    public int HeadSize { get; } = headSize;

    /// <summary>Floats from one position's value to the next.</summary>
    public int ValueStride { get; } = StrideOf(headSize);

    /// <summary>[blocks, heads, headSize, BlockSize].</summary>
    public float* Keys => _keys.Data;

    /// <summary>[blocks, heads, BlockSize, ValueStride].</summary>
    public float* Values => _values.Data;

    /// <summary>Makes room for that many blocks; what was stored is lost where it grows.</summary>
    public void Resize(int blockCount) => Tensor.Resize(blockCount * HeadCount, _keys, _values);

    /// <summary>Stores one position a row.</summary>
    /// <param name="keys">[rows, heads * headSize] at a stride of its own.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="stride">Floats from one row to the next, of both.</param>
    /// <param name="slots">[rows]: where each goes.</param>
    /// <param name="rows">Rows of both.</param>
    /// <param name="team">Threads that share the rows.</param>
    public void Store(float* keys, float* values, nint stride, int* slots, int rows, ThreadTeam team)
    {
        var job = new StoreJob(keys, values, stride, slots, HeadCount, HeadSize, ValueStride, Keys, Values);
        team.RunRows(rows, HeadCount * HeadSize, job);
    }

    /// <summary>Copies a block's keys and values.</summary>
    public void Copy(int source, int target)
    {
        CopyRows(_keys);
        CopyRows(_values);

        void CopyRows(Tensor tensor)
        {
            for (var head = 0; head < HeadCount; head++)
                tensor.Row((source * HeadCount) + head).CopyTo(tensor.Row((target * HeadCount) + head));
        }
    }

    public void Dispose() => Tensor.Dispose(_keys, _values);

    private static int StrideOf(int headSize)
        => (headSize + PackedMatrix.PanelWidth - 1) / PackedMatrix.PanelWidth * PackedMatrix.PanelWidth;

    private readonly struct StoreJob(
        float* keys, float* values, nint stride, int* slots, int headCount, int headSize, int valueStride,
        float* keyBlocks, float* valueBlocks) : IRowJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
            {
                nint block = slots[row] / BlockSize;
                var slot = slots[row] % BlockSize;
                var key = keys + (row * stride);
                var value = values + (row * stride);
                for (var head = 0; head < headCount; head++, key += headSize, value += headSize)
                {
                    var place = (block * headCount) + head;
                    var target = keyBlocks + (place * headSize * BlockSize) + slot;
                    for (var i = 0; i < headSize; i++) target[i * BlockSize] = key[i];
                    var valueTarget = valueBlocks + (((place * BlockSize) + slot) * valueStride);
                    new Span<float>(value, headSize).CopyTo(new Span<float>(valueTarget, headSize));
                }
            }
        }
    }
}
