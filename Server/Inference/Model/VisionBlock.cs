using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// One layer of the vision transformer: x += wo(attention(norm(x))), x += w2(quickGelu(w1(norm(x)))).
/// </summary>
internal sealed unsafe class VisionBlock(
    VisionConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team) : IDisposable
{
    private readonly Tensor _attentionNormWeight = loader.Vector(scope, "attention_norm.weight", config.Width);
    private readonly Tensor _attentionNormBias = loader.Vector(scope, "attention_norm.bias", config.Width);
    private readonly PackedMatrix _qkv = loader.Stacked(
        config.Width, hasBias: true, new(scope, "attention.wq", config.Width), new(scope, "attention.wk", config.Width),
        new(scope, "attention.wv", config.Width));
    private readonly PackedMatrix _attentionOut =
        loader.Matrix(scope, "attention.wo", config.Width, config.Width, hasBias: true);
    private readonly Tensor _feedForwardNormWeight = loader.Vector(scope, "ffn_norm.weight", config.Width);
    private readonly Tensor _feedForwardNormBias = loader.Vector(scope, "ffn_norm.bias", config.Width);
    private readonly PackedMatrix _up =
        loader.Matrix(scope, "feed_forward.w1", config.FeedForwardSize, config.Width, hasBias: true);
    private readonly PackedMatrix _down =
        loader.Matrix(scope, "feed_forward.w2", config.Width, config.FeedForwardSize, hasBias: true);

    /// <param name="x">[crops * positions, width], changed in place.</param>
    /// <param name="crops">Crops.</param>
    /// <param name="workspace">Prepared for these crops.</param>
    public void Forward(Tensor x, int crops, VisionWorkspace workspace)
    {
        var width = config.Width;
        LayerNorm.Forward(x, _attentionNormWeight, _attentionNormBias, config.NormEpsilon, workspace.Normed, team);
        MatMul.Forward(workspace.Normed, _qkv, workspace.Qkv, team);
        var qkv = workspace.Qkv.Data;
        workspace.Blocks.Store(qkv + width, qkv + (2 * width), 3 * width, workspace.Slots, x.Rows, team);
        Attention.Forward(
            qkv, 3 * width, config.HeadCount, workspace.Blocks, workspace.Segments, crops, workspace.BlockTable,
            isCausal: false, 1 / MathF.Sqrt(config.HeadSize), workspace.Normed.Data, width, team);
        MatMul.Forward(workspace.Normed, _attentionOut, workspace.Delta, team);
        Residual.Add(x, workspace.Delta, team);

        LayerNorm.Forward(x, _feedForwardNormWeight, _feedForwardNormBias, config.NormEpsilon, workspace.Normed, team);
        MatMul.Forward(workspace.Normed, _up, workspace.Inner, team);
        QuickGelu.Forward(workspace.Inner, team);
        MatMul.Forward(workspace.Inner, _down, workspace.Delta, team);
        Residual.Add(x, workspace.Delta, team);
    }

    public void Dispose()
    {
        Tensor.Dispose(_attentionNormWeight, _attentionNormBias, _feedForwardNormWeight, _feedForwardNormBias);
        foreach (var matrix in (PackedMatrix[])[_qkv, _attentionOut, _up, _down]) matrix.Dispose();
    }
}

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
        Tensor.Resize(rows, Normed, Qkv, Inner, Delta);
        var blocksPerCrop = (positions + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
        Blocks.Resize(crops * blocksPerCrop);
        _slots.Clear();
        _blockTable.Clear();
        _segments.Clear();
        for (var crop = 0; crop < crops; crop++)
        {
            var firstBlock = crop * blocksPerCrop;
            _segments.Add(
                new AttentionSegment
                {
                    FirstRow = crop * positions,
                    RowCount = positions,
                    Length = positions,
                    FirstBlock = firstBlock
                });
            for (var block = 0; block < blocksPerCrop; block++) _blockTable.Add(firstBlock + block);
            for (var position = 0; position < positions; position++)
                _slots.Add((firstBlock * KeyValueBlocks.BlockSize) + position);
        }
    }

    public void Dispose()
    {
        Tensor.Dispose(Normed, Qkv, Inner, Delta);
        Blocks.Dispose();
    }
}
