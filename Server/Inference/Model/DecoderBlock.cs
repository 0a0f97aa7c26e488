using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>One layer of the language model: causal attention and feed-forward, each with its norm before or after.</summary>
internal sealed unsafe class DecoderBlock : IDisposable
{
    private readonly ModelConfig _config;
    private readonly ThreadTeam _team;
    private readonly string _name;
    private readonly Tensor _attentionNorm;
    private readonly Tensor? _queryNorm;
    private readonly Tensor? _keyNorm;
    private readonly PackedMatrix _qkv;
    private readonly PackedMatrix _attentionOut;
    private readonly Tensor _feedForwardNorm;
    private readonly FeedForward _feedForward;

    /// <param name="config">Sizes and variants.</param>
    /// <param name="index">Layer, for traces.</param>
    /// <param name="attention">Where attention's weights are.</param>
    /// <param name="feedForward">Where the feed-forward's weights are; in the dense models the same place.</param>
    /// <param name="loader">Reads them.</param>
    /// <param name="makeFeedForward">Makes the feed-forward half of this layer.</param>
    /// <param name="team">Threads.</param>
    public DecoderBlock(
        ModelConfig config, int index, WeightScope attention, WeightScope feedForward, WeightLoader loader,
        Func<string, FeedForward> makeFeedForward, ThreadTeam team)
    {
        _config = config;
        _team = team;
        _name = $"block{index}";
        var (width, keyValues) = (config.HiddenSize, config.KeyValueSize);
        _attentionNorm = loader.Vector(attention, "attn_norm.weight", width);
        _qkv = loader.Matrix(attention, "att_proj", width + (2 * keyValues), width, config.HasQkvBias);
        if (config.HasQkNorm)
        {
            _queryNorm = loader.Vector(attention, "q_norm.weight", width);
            _keyNorm = loader.Vector(attention, "k_norm.weight", keyValues);
        }

        _attentionOut = loader.Matrix(attention, "attn_out", width, width);
        _feedForwardNorm = loader.Vector(feedForward, "ff_norm.weight", width);
        _feedForward = makeFeedForward(_name);
    }

    /// <param name="x">[rows, hiddenSize], changed in place; cut to the last row of each sequence where only those are wanted.</param>
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="blocks">This layer's keys and values.</param>
    /// <param name="rope">Angles.</param>
    /// <param name="workspace">Sized for the rows.</param>
    /// <param name="lastRowsOnly">Whether nothing needs the other rows after this layer's keys and values.</param>
    /// <param name="trace">Null in use.</param>
    public void Forward(Tensor x, ForwardPlan plan, KeyValueBlocks blocks, RopeTable rope, DecoderWorkspace workspace, bool lastRowsOnly, ForwardTrace? trace)
    {
        var (width, keyValues) = (_config.HiddenSize, _config.KeyValueSize);
        var qkv = workspace.Qkv;
        MatMul.Forward(NormBefore(x, _attentionNorm, workspace), _qkv, qkv, _team);
        if (_queryNorm is not null) RmsNorm.Forward(qkv.Data, qkv.Columns, qkv.Rows, _queryNorm, _config.NormEpsilon, qkv.Data, qkv.Columns, _team);
        if (_keyNorm is not null) RmsNorm.Forward(qkv.Data + width, qkv.Columns, qkv.Rows, _keyNorm, _config.NormEpsilon, qkv.Data + width, qkv.Columns, _team);
        Rope.Forward(qkv.Data, qkv.Columns, qkv.Rows, _config.HeadCount + _config.KeyValueHeadCount, plan.Positions, rope, _team);
        trace?.Invoke($"{_name}_qkv", qkv.Span);
        blocks.Store(qkv.Data + width, qkv.Data + width + keyValues, qkv.Columns, plan.Slots, qkv.Rows, _team);

        if (lastRowsOnly) KeepLastRows(x, plan, workspace);
        Attention.Forward(
            qkv.Data, qkv.Columns, _config.HeadCount, blocks, lastRowsOnly ? plan.LastSegments : plan.Segments, plan.SequenceCount,
            plan.BlockTables, isCausal: true, 1 / MathF.Sqrt(_config.HeadSize), workspace.Attended.Data, width, _team);
        MatMul.Forward(workspace.Attended, _attentionOut, workspace.Delta, _team);
        trace?.Invoke($"{_name}_attn_out", workspace.Delta.Span);
        AddDelta(x, _attentionNorm, workspace);

        _feedForward.Forward(NormBefore(x, _feedForwardNorm, workspace), workspace.Delta, trace);
        AddDelta(x, _feedForwardNorm, workspace);
        trace?.Invoke($"{_name}_out", x.Span);
    }

    public void Dispose()
    {
        _attentionNorm.Dispose();
        _queryNorm?.Dispose();
        _keyNorm?.Dispose();
        _qkv.Dispose();
        _attentionOut.Dispose();
        _feedForwardNorm.Dispose();
        _feedForward.Dispose();
    }

    private static void KeepLastRows(Tensor x, ForwardPlan plan, DecoderWorkspace workspace)
    {
        var lastRows = plan.LastRows;
        for (var i = 0; i < lastRows.Length; i++)
        {
            x.Row(lastRows[i]).CopyTo(x.Row(i));
            workspace.Qkv.Row(lastRows[i]).CopyTo(workspace.Qkv.Row(i));
        }

        x.Resize(lastRows.Length);
        workspace.Resize(lastRows.Length);
    }

    private Tensor NormBefore(Tensor x, Tensor norm, DecoderWorkspace workspace)
    {
        if (_config.NormAfter) return x;
        RmsNorm.Forward(x, norm, _config.NormEpsilon, workspace.Normed, _team);
        return workspace.Normed;
    }

    private void AddDelta(Tensor x, Tensor norm, DecoderWorkspace workspace)
    {
        if (_config.NormAfter) RmsNorm.Forward(workspace.Delta, norm, _config.NormEpsilon, workspace.Delta, _team);
        Residual.Add(x, workspace.Delta, _team);
    }
}
