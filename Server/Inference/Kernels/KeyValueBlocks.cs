using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Keys and values of one layer, in blocks of <see cref="BlockSize"/> positions.</summary>
/// <remarks>
/// Keys of a block and head lie as [headSize, BlockSize], which is a panel of <see cref="PackedMatrix"/>: scores are then
/// an ordinary tile product. Values lie as [BlockSize, ValueStride] for the same reason, the head size rounded up to
/// whole panels. Slot s is position s % BlockSize of block s / BlockSize.
/// </remarks>
internal sealed unsafe class KeyValueBlocks : IDisposable
{
    public const int BlockSize = PackedMatrix.PanelWidth;

    private readonly Tensor _keys;
    private readonly Tensor _values;

    public KeyValueBlocks(int blockCount, int headCount, int headSize)
    {
        HeadCount = headCount;
        HeadSize = headSize;
        ValueStride = (headSize + PackedMatrix.PanelWidth - 1) / PackedMatrix.PanelWidth * PackedMatrix.PanelWidth;
        _keys = new Tensor(blockCount * headCount, headSize * BlockSize);
        _values = new Tensor(blockCount * headCount, ValueStride * BlockSize);
    }

    public int HeadCount { get; }

    public int HeadSize { get; }

    /// <summary>Floats from one position's value to the next.</summary>
    public int ValueStride { get; }

    /// <summary>[blocks, heads, headSize, BlockSize].</summary>
    public float* Keys => _keys.Data;

    /// <summary>[blocks, heads, BlockSize, ValueStride].</summary>
    public float* Values => _values.Data;

    /// <summary>Makes room for that many blocks; what was stored is lost where it grows.</summary>
    public void Resize(int blockCount)
    {
        _keys.Resize(blockCount * HeadCount);
        _values.Resize(blockCount * HeadCount);
    }

    /// <summary>Stores one position a row.</summary>
    /// <param name="keys">[rows, heads * headSize] at a stride of its own.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="stride">Floats from one row to the next, of both.</param>
    /// <param name="slots">[rows]: where each goes.</param>
    /// <param name="rows">Rows of both.</param>
    /// <param name="team">Threads that share the rows.</param>
    public void Store(float* keys, float* values, nint stride, int* slots, int rows, ThreadTeam team)
    {
        var job = new StoreJob
        {
            Keys = keys,
            Values = values,
            Stride = stride,
            Slots = slots,
            HeadCount = HeadCount,
            HeadSize = HeadSize,
            ValueStride = ValueStride,
            KeyBlocks = Keys,
            ValueBlocks = Values,
            Split = new RowSplit(rows, HeadCount * HeadSize),
        };
        team.Run(ref job, job.Split.ItemCount, job.Split.Work);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    [StructLayout(LayoutKind.Auto)]
    private struct StoreJob : IKernelJob
    {
        public float* Keys;
        public float* Values;
        public nint Stride;
        public int* Slots;
        public int HeadCount;
        public int HeadSize;
        public int ValueStride;
        public float* KeyBlocks;
        public float* ValueBlocks;
        public RowSplit Split;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Execute(int item, int worker)
        {
            for (var row = Split.Begin(item); row < Split.End(item); row++)
            {
                nint block = Slots[row] / BlockSize;
                var slot = Slots[row] % BlockSize;
                var key = Keys + (row * Stride);
                var value = Values + (row * Stride);
                for (var head = 0; head < HeadCount; head++)
                {
                    var target = KeyBlocks + (((block * HeadCount) + head) * HeadSize * BlockSize) + slot;
                    for (var i = 0; i < HeadSize; i++) target[i * BlockSize] = key[i];
                    new Span<float>(value, HeadSize).CopyTo(
                        new Span<float>(ValueBlocks + (((((block * HeadCount) + head) * BlockSize) + slot) * ValueStride), HeadSize));
                    key += HeadSize;
                    value += HeadSize;
                }
            }
        }
    }
}
