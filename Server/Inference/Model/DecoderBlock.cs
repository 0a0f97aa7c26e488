using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// One layer of the language model: causal attention and feed-forward, each with its norm before or after.
/// </summary>
/// <param name="config">Sizes and variants.</param>
/// <param name="index">Layer, for traces.</param>
/// <param name="scope">Where its weights are; a mixture's lie in two parts of it.</param>
/// <param name="loader">Reads them.</param>
/// <param name="workspace">Shared with the other layers; sized for the rows before each pass.</param>
/// <param name="team">Threads.</param>
internal sealed unsafe class DecoderBlock(
    ModelConfig config, int index, WeightScope scope, WeightLoader loader, DecoderWorkspace workspace, ThreadTeam team)
    : IDisposable
{
    private readonly string _name = $"block{index}";
    private readonly Tensor _attentionNorm =
        loader.Vector(AttentionOf(config, scope), "attn_norm.weight", config.HiddenSize);
    private readonly PackedMatrix _qkv = loader.Matrix(
        AttentionOf(config, scope), "att_proj", config.HiddenSize + (2 * config.KeyValueSize), config.HiddenSize,
        config.HasQkvBias);
    private readonly Tensor? _queryNorm =
        config.HasQkNorm ? loader.Vector(AttentionOf(config, scope), "q_norm.weight", config.HiddenSize) : null;
    private readonly Tensor? _keyNorm =
        config.HasQkNorm ? loader.Vector(AttentionOf(config, scope), "k_norm.weight", config.KeyValueSize) : null;
    private readonly PackedMatrix _attentionOut =
        loader.Matrix(AttentionOf(config, scope), "attn_out", config.HiddenSize, config.HiddenSize);
    private readonly Tensor _feedForwardNorm =
        loader.Vector(FeedForwardOf(config, scope), "ff_norm.weight", config.HiddenSize);
    private PackedMatrix? _queries, _keysAndValues;
    private readonly FeedForward _feedForward = workspace.Mixture is { } mixture
        ? new MixtureOfExperts(config, FeedForwardOf(config, scope), loader, mixture, $"block{index}", team)
        : new DenseFeedForward(config, FeedForwardOf(config, scope), loader, workspace.Dense!, team);

    /// <param name="x">[rows, hiddenSize], changed in place; cut to the last row of each sequence where only those are
    /// wanted.</param>
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="blocks">This layer's keys and values.</param>
    /// <param name="rope">Angles.</param>
    /// <param name="lastRowsOnly">Whether nothing needs the other rows after this layer's keys and values.</param>
    /// <param name="trace">Null in use.</param>
    public void Forward(
        Tensor x, ForwardPlan plan, KeyValueBlocks blocks, RopeTable rope, bool lastRowsOnly, ForwardTrace? trace)
    {
        var (width, keyValues) = (config.HiddenSize, config.KeyValueSize);
        var qkv = workspace.Qkv;
        var normed = NormBefore(x, _attentionNorm);
        // A trace sees the queries of all rows.
        var lastQueriesOnly = lastRowsOnly && trace is null;
        if (lastQueriesOnly) KeysAndValues(normed, qkv);
        else MatMul.Forward(normed, _qkv, qkv, team);
        Norm(_keyNorm, qkv, qkv.Data + width);
        Turn(qkv.Data + width, qkv, config.KeyValueHeadCount, plan.Positions, rope);
        blocks.Store(qkv.Data + width, qkv.Data + width + keyValues, qkv.Columns, plan.Slots, qkv.Rows, team);

        if (lastQueriesOnly)
        {
            KeepLastRows(x, normed, plan);
            _queries ??= _qkv.Part(0, width);
            MatMul.Forward(normed.Data, width, x.Rows, _queries, qkv.Data, qkv.Columns, team);
        }

        Norm(_queryNorm, qkv, qkv.Data);
        var positions = lastQueriesOnly ? workspace.LastPositions.Pointer : plan.Positions;
        Turn(qkv.Data, qkv, config.HeadCount, positions, rope);
        trace?.Invoke($"{_name}_qkv", qkv.Span);
        if (lastRowsOnly && !lastQueriesOnly) KeepLastRows(x, qkv, plan);
        Attention.Forward(
            qkv.Data, qkv.Columns, config.HeadCount, blocks, lastRowsOnly ? plan.LastSegments : plan.Segments,
            plan.SequenceCount,
            plan.BlockTables, isCausal: true, 1 / MathF.Sqrt(config.HeadSize), workspace.Attended.Data, width, team);
        MatMul.Forward(workspace.Attended, _attentionOut, workspace.Delta, team);
        trace?.Invoke($"{_name}_attn_out", workspace.Delta.Span);
        AddDelta(x, _attentionNorm);

        _feedForward.Forward(NormBefore(x, _feedForwardNorm), workspace.Delta, trace);
        AddDelta(x, _feedForwardNorm);
        trace?.Invoke($"{_name}_out", x.Span);
    }

    public void Dispose()
    {
        Tensor.Dispose(_attentionNorm, _queryNorm, _keyNorm, _feedForwardNorm);
        _qkv.Dispose();
        _attentionOut.Dispose();
        _feedForward.Dispose();
    }

    private static WeightScope AttentionOf(ModelConfig config, WeightScope scope)
        => config.Family == ModelFamily.Olmoe ? scope.Scope("attn") : scope;

    private static WeightScope FeedForwardOf(ModelConfig config, WeightScope scope)
        => config.Family == ModelFamily.Olmoe ? scope.Scope("mlp") : scope;

    private void KeysAndValues(Tensor normed, Tensor qkv)
    {
        // Outputs are parted at a panel's begin; a few queries too many are replaced afterwards.
        var begin = config.HiddenSize / PackedMatrix.PanelWidth * PackedMatrix.PanelWidth;
        _keysAndValues ??= _qkv.Part(begin, _qkv.Outputs - begin);
        MatMul.Forward(
            normed.Data, normed.Columns, normed.Rows, _keysAndValues, qkv.Data + begin, qkv.Columns, team);
    }

    /// <summary>Cuts to each sequence's last row what is needed after the keys and values.</summary>
    /// <param name="x">Residual stream.</param>
    /// <param name="other">What else is needed; may be x.</param>
    /// <param name="plan">Rows and sequences.</param>
    private void KeepLastRows(Tensor x, Tensor other, ForwardPlan plan)
    {
        var lastRows = plan.LastRows;
        workspace.LastPositions.Clear();
        for (var i = 0; i < lastRows.Length; i++)
        {
            workspace.LastPositions.Add(plan.Positions[lastRows[i]]);
            x.Row(lastRows[i]).CopyTo(x.Row(i));
            if (other != x) other.Row(lastRows[i]).CopyTo(other.Row(i));
        }

        x.Resize(lastRows.Length);
        workspace.Resize(lastRows.Length);
    }

    private void Turn(float* x, Tensor qkv, int heads, int* positions, RopeTable rope)
        => Rope.Forward(x, qkv.Columns, qkv.Rows, heads, positions, rope, team);

    private void Norm(Tensor? norm, Tensor qkv, float* x)
    {
        if (norm is not null) RmsNorm.Forward(x, qkv.Columns, qkv.Rows, norm, config.NormEpsilon, x, qkv.Columns, team);
    }

    private Tensor NormBefore(Tensor x, Tensor norm)
    {
        if (config.NormAfter) return x;
        RmsNorm.Forward(x, norm, config.NormEpsilon, workspace.Normed, team);
        return workspace.Normed;
    }

    private void AddDelta(Tensor x, Tensor norm)
    {
        if (config.NormAfter) RmsNorm.Forward(workspace.Delta, norm, config.NormEpsilon, workspace.Delta, team);
        Residual.Add(x, workspace.Delta, team);
    }
}

/// <summary>Memory that all layers of the decoder use in turn.</summary>
internal sealed class DecoderWorkspace(ModelConfig config) : IDisposable
{
    /// <summary>[rows, hiddenSize]: a norm's output.</summary>
    public Tensor Normed { get; } = new(0, config.HiddenSize);

    /// <summary>[rows, queries | keys | values].</summary>
    public Tensor Qkv { get; } = new(0, config.HiddenSize + (2 * config.KeyValueSize));

    /// <summary>[rows, hiddenSize].</summary>
    public Tensor Attended { get; } = new(0, config.HiddenSize);

    /// <summary>[rows, hiddenSize]: what is added to the residual stream.</summary>
    public Tensor Delta { get; } = new(0, config.HiddenSize);

    /// <summary>Positions of the last rows, where only those are wanted.</summary>
    public PinnedList<int> LastPositions { get; } = new();

    /// <summary>For the feed-forward layers of a dense model; null in a mixture.</summary>
    public FeedForwardProducts? Dense { get; } = config.Family == ModelFamily.Olmoe
        ? null : new FeedForwardProducts(Activation.SwiGlu, config.FeedForwardSize);

    /// <summary>For those of a mixture; null in a dense model.</summary>
    public MixtureWorkspace? Mixture { get; } =
        config.Family == ModelFamily.Olmoe ? new MixtureWorkspace(config) : null;

    public void Resize(int rows) => Tensor.Resize(rows, Normed, Qkv, Attended, Delta);

    public void Dispose()
    {
        Tensor.Dispose(Normed, Qkv, Attended, Delta);
        Dense?.Dispose();
        Mixture?.Dispose();
    }
}
