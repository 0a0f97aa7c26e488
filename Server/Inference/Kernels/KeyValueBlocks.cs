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

    /// <summary>Rows that a thread stores at a time.</summary>
    private const int RowsPerItem = 2 * BlockSize;

    /// <summary>A float to store takes about as long as this many multiply-adds of a product.</summary>
    private const int WorkPerElement = 16;

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

    /// <summary>Where kernels find them, until the next <see cref="Resize"/>.</summary>
    public KeyValuePointers Pointers => new(Keys, Values, HeadCount, HeadSize, ValueStride);

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
        var job = new StoreJob(keys, values, stride, slots, rows, Pointers);
        team.Run(
            ref job, (rows + RowsPerItem - 1) / RowsPerItem, (long)rows * HeadCount * HeadSize * WorkPerElement);
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
        float* keys, float* values, nint stride, int* slots, int rows, KeyValuePointers blocks) : IKernelJob
    {
        public void Execute(int item, int worker)
        {
            // Head by head: the keys of a block and head take up one cache, and those of all heads many.
            for (var head = 0; head < blocks.HeadCount; head++)
                Rows(item * RowsPerItem, Math.Min(rows, (item + 1) * RowsPerItem), head);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Rows(int begin, int end, int head)
        {
            var headSize = blocks.HeadSize;
            for (var row = begin; row < end; row++)
            {
                var (block, slot) = (slots[row] / BlockSize, slots[row] % BlockSize);
                var from = (row * stride) + (head * headSize);
                float* key = keys + from, target = blocks.KeysOf(block, head) + slot;
                for (var i = 0; i < headSize; i++) target[i * BlockSize] = key[i];
                Buffer.MemoryCopy(
                    values + from, blocks.ValuesOf(block, head) + (slot * blocks.ValueStride), headSize * sizeof(float),
                    headSize * sizeof(float));
            }
        }
    }
}

/// <summary>Keys and values of one layer by address.</summary>
internal readonly unsafe struct KeyValuePointers(
    float* keys, float* values, int headCount, int headSize, int valueStride)
{
    public int HeadCount => headCount;

    public int HeadSize => headSize;

    /// <summary>Floats from one position's value to the next.</summary>
    public int ValueStride => valueStride;

    /// <summary>[headSize, BlockSize].</summary>
    public float* KeysOf(int block, int head)
        => keys + ((((nint)block * headCount) + head) * headSize * KeyValueBlocks.BlockSize);

    /// <summary>[BlockSize, ValueStride].</summary>
    public float* ValuesOf(int block, int head)
        => values + ((((nint)block * headCount) + head) * KeyValueBlocks.BlockSize * valueStride);
}
