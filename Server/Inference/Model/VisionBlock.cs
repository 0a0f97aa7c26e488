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

    private PackedMatrix? _queries, _keysAndValues;

    /// <param name="x">[crops * positions, width], changed in place; cut to the kept rows where only those are
    /// wanted.</param>
    /// <param name="workspace">Prepared for these crops.</param>
    /// <param name="keptRowsOnly">Whether nothing needs the other rows after this layer's keys and values.</param>
    public void Forward(Tensor x, VisionWorkspace workspace, bool keptRowsOnly)
    {
        var width = config.Width;
        LayerNorm.Forward(x, _attentionNormWeight, _attentionNormBias, config.NormEpsilon, workspace.Normed, team);
        var qkv = workspace.Qkv.Data;
        if (keptRowsOnly)
        {
            // Outputs are parted at a panel's begin; a few queries too many are replaced afterwards.
            var begin = width / PackedMatrix.PanelWidth * PackedMatrix.PanelWidth;
            _keysAndValues ??= _qkv.Part(begin, (3 * width) - begin);
            MatMul.Forward(workspace.Normed.Data, width, x.Rows, _keysAndValues, qkv + begin, 3 * width, team);
        }
        else
        {
            MatMul.Forward(workspace.Normed, _qkv, workspace.Qkv, team);
        }

        workspace.Blocks.Store(qkv + width, qkv + (2 * width), 3 * width, workspace.Slots, x.Rows, team);
        if (keptRowsOnly)
        {
            workspace.KeepRows(x);
            _queries ??= _qkv.Part(0, width);
            MatMul.Forward(workspace.Normed.Data, width, x.Rows, _queries, qkv, 3 * width, team);
        }

        Attention.Forward(
            qkv, 3 * width, config.HeadCount, workspace.Blocks, workspace.Segments, workspace.Crops,
            workspace.BlockTable, isCausal: false, 1 / MathF.Sqrt(config.HeadSize), workspace.Normed.Data, width, team);
        MatMul.Forward(workspace.Normed, _attentionOut, workspace.Delta, team);
        Residual.Add(x, workspace.Delta, team);

        LayerNorm.Forward(x, _feedForwardNormWeight, _feedForwardNormBias, config.NormEpsilon, workspace.Normed, team);
        workspace.FeedForward.Forward(
            workspace.Normed.Data, width, x.Rows, _up, _down, workspace.Delta.Data, width, team);
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
    private readonly PinnedList<int> _keptRows = new();
    private bool[] _isKept = [];

    /// <summary>[rows, width]: a norm's output, then attention's.</summary>
    public Tensor Normed { get; } = new(0, config.Width);

    /// <summary>[rows, 3 * width].</summary>
    public Tensor Qkv { get; } = new(0, 3 * config.Width);

    public FeedForwardProducts FeedForward { get; } = new(Activation.QuickGelu, config.FeedForwardSize);

    /// <summary>[rows, width]: what is added to the residual stream.</summary>
    public Tensor Delta { get; } = new(0, config.Width);

    /// <summary>Keys and values of one layer, each crop in blocks of its own.</summary>
    public KeyValueBlocks Blocks { get; } = new(0, config.HeadCount, config.HeadSize);

    /// <summary>[rows].</summary>
    public int* Slots => _slots.Pointer;

    /// <summary>Block i at index i.</summary>
    public int* BlockTable => _blockTable.Pointer;

    /// <summary>[Crops].</summary>
    public AttentionSegment* Segments => _segments.Pointer;

    public int Crops => _segments.Count;

    /// <summary>Rows that are needed to the end, in order.</summary>
    public ReadOnlySpan<int> KeptRows => _keptRows.Span;

    /// <param name="crops">Crops.</param>
    /// <param name="windows">Pooling windows, counted over the crops, whose patches are needed to the end.</param>
    public void Prepare(int crops, ReadOnlySpan<int> windows)
    {
        var positions = config.PatchCount + 1;
        var rows = crops * positions;
        Tensor.Resize(rows, Normed, Qkv, Delta);
        var blocksPerCrop = (positions + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
        Blocks.Resize(crops * blocksPerCrop);
        _slots.Clear();
        _blockTable.Clear();
        _segments.Clear();
        Keep(windows, rows);
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

    /// <summary>Cuts the residual stream and all that goes with it to the rows to keep.</summary>
    public void KeepRows(Tensor x)
    {
        var kept = KeptRows;
        for (var i = 0; i < kept.Length; i++)
        {
            if (kept[i] == i) continue;
            x.Row(kept[i]).CopyTo(x.Row(i));
            Normed.Row(kept[i]).CopyTo(Normed.Row(i));
        }

        Tensor.Resize(kept.Length, x, Normed, Delta);
        var first = 0;
        for (var crop = 0; crop < _segments.Count; crop++)
        {
            ref var segment = ref _segments[crop];
            var end = first;
            while (end < kept.Length && kept[end] < segment.FirstRow + segment.RowCount) end++;
            (segment.FirstRow, segment.RowCount, first) = (first, end - first, end);
        }
    }

    public void Dispose()
    {
        Tensor.Dispose(Normed, Qkv, Delta);
        FeedForward.Dispose();
        Blocks.Dispose();
    }

    /// <summary>Lists the rows of the windows' patches.</summary>
    private void Keep(ReadOnlySpan<int> windows, int rows)
    {
        if (_isKept.Length < rows) _isKept = new bool[rows];
        Array.Clear(_isKept);
        foreach (var window in windows)
        {
            for (var i = 0; i < config.WindowSize; i++)
            {
                var (crop, patch) = Math.DivRem(config.PatchOf(window, i), config.PatchCount);
                _isKept[(crop * (config.PatchCount + 1)) + 1 + patch] = true;
            }
        }

        _keptRows.Clear();
        for (var row = 0; row < rows; row++)
        {
            if (_isKept[row]) _keptRows.Add(row);
        }
    }
}
