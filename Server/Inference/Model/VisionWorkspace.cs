using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>Memory that all layers of the vision transformer use in turn.</summary>
internal sealed unsafe class VisionWorkspace(VisionConfig config) : IDisposable
{
    private readonly PinnedList<int> _slots = new();
    private readonly PinnedList<int> _blockTable = new();
    private readonly PinnedList<AttentionSegment> _segments = new();

    /// <summary>[rows, width]: a norm's output, then attention's.</summary>
    public Tensor Normed { get; } = new(0, config.Width);

    /// <summary>[rows, 3 * width].</summary>
    public Tensor Qkv { get; } = new(0, 3 * config.Width);

    /// <summary>[rows, feedForwardSize].</summary>
    public Tensor Inner { get; } = new(0, config.FeedForwardSize);

    /// <summary>[rows, width]: what is added to the residual stream.</summary>
    public Tensor Delta { get; } = new(0, config.Width);

    /// <summary>Keys and values of one layer, each crop in blocks of its own.</summary>
    public KeyValueBlocks Blocks { get; } = new(0, config.HeadCount, config.HeadSize);

    /// <summary>[rows].</summary>
    public int* Slots => _slots.Pointer;

    /// <summary>Block i at index i.</summary>
    public int* BlockTable => _blockTable.Pointer;

    /// <summary>One a crop.</summary>
    public AttentionSegment* Segments => _segments.Pointer;

    public void Prepare(int crops, int positions)
    {
        var rows = crops * positions;
        Normed.Resize(rows);
        Qkv.Resize(rows);
        Inner.Resize(rows);
        Delta.Resize(rows);
        var blocksPerCrop = (positions + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
        Blocks.Resize(crops * blocksPerCrop);
        _slots.Clear();
        _blockTable.Clear();
        _segments.Clear();
        for (var crop = 0; crop < crops; crop++)
        {
            var firstBlock = crop * blocksPerCrop;
            _segments.Add(new AttentionSegment { FirstRow = crop * positions, RowCount = positions, Length = positions, FirstBlock = firstBlock });
            for (var block = 0; block < blocksPerCrop; block++) _blockTable.Add(firstBlock + block);
            for (var position = 0; position < positions; position++) _slots.Add((firstBlock * KeyValueBlocks.BlockSize) + position);
        }
    }

    public void Dispose()
    {
        Normed.Dispose();
        Qkv.Dispose();
        Inner.Dispose();
        Delta.Dispose();
        Blocks.Dispose();
    }
}
