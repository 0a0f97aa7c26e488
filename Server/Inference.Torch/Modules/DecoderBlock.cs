using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// One layer of the language model: causal attention and feed-forward, each with its norm before or after.
/// </summary>
internal sealed class DecoderBlock : nn.Module, IWeighted
{
    private readonly ModelConfig _config;
    private readonly ScalarType _type;
    private readonly string _name;

    public DecoderBlock(ModelConfig config, TensorFormat format, int index, string path)
        : base(nameof(DecoderBlock))
    {
        _config = config;
        _type = format.Type;
        _name = $"block{index}";
        var isMixture = config.Family == ModelFamily.Olmoe;
        var (attention, feedForward) = isMixture ? ($"{path}.attn", $"{path}.mlp") : (path, path);
        var (width, keyValues, epsilon) = (config.HiddenSize, config.KeyValueSize, config.NormEpsilon);
        AttentionNorm = new RmsNorm(format, $"{attention}.attn_norm.weight", width, epsilon);
        Qkv = new Projection(
            format, width, config.HasQkvBias, new ProjectionPart($"{attention}.att_proj", width + (2 * keyValues)));
        if (config.HasQkNorm)
        {
            QueryNorm = new RmsNorm(format, $"{attention}.q_norm.weight", width, epsilon);
            KeyNorm = new RmsNorm(format, $"{attention}.k_norm.weight", keyValues, epsilon);
            register_module("q_norm", QueryNorm);
            register_module("k_norm", KeyNorm);
        }

        AttentionOut = new Projection(
            format, width, hasBias: false, new ProjectionPart($"{attention}.attn_out", width));
        FeedForwardNorm = new RmsNorm(format, $"{feedForward}.ff_norm.weight", width, epsilon);
        FeedForward = isMixture
            ? new MixtureOfExperts(config, format, feedForward, _name)
            : new DenseFeedForward(config, format, feedForward);
        register_module("attn_norm", AttentionNorm);
        register_module("att_proj", Qkv);
        register_module("attn_out", AttentionOut);
        register_module("ff_norm", FeedForwardNorm);
        register_module("mlp", FeedForward);
    }

    public RmsNorm AttentionNorm { get; }

    public Projection Qkv { get; }

    public RmsNorm? QueryNorm { get; }

    public RmsNorm? KeyNorm { get; }

    public Projection AttentionOut { get; }

    public RmsNorm FeedForwardNorm { get; }

    public FeedForward FeedForward { get; }

    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace { get; set; }

    /// <param name="input">[rows, hiddenSize], float32.</param>
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="angles">Of the rows' positions.</param>
    /// <param name="memory">This layer's keys and values; null in training, where nothing is read again.</param>
    /// <param name="lastRowsOnly">Whether nothing needs the other rows after this layer's keys and values.</param>
    /// <returns>[rows, hiddenSize], or [sequences, hiddenSize] where only the last are wanted.</returns>
    public Tensor Forward(
        Tensor input, StepPlan plan, (Tensor Cos, Tensor Sin) angles, LayerMemory? memory, bool lastRowsOnly)
    {
        using var scope = NewDisposeScope();
        var attended = Attend(input, plan, angles, memory);
        if (lastRowsOnly)
            (input, attended) = (input.index_select(0, plan.LastRows), attended.index_select(0, plan.LastRows));
        var delta = AttentionOut.forward(attended);
        Trace.Report($"{_name}_attn_out", delta);
        var normed = _config.NormAfter ? AttentionNorm.forward(delta) : delta;
        var x = input.Plus(plan.Packed?.Drop(normed) ?? normed);
        return ForwardSecondHalf(x, plan.Packed).MoveToOuterDisposeScope();
    }

    /// <summary>The feed-forward with its norm and its residual.</summary>
    /// <param name="x">[rows, hiddenSize], float32.</param>
    /// <param name="packed">What training drops; null for answers.</param>
    public Tensor ForwardSecondHalf(Tensor x, PackedRows? packed = null)
    {
        using var scope = NewDisposeScope();
        var delta = FeedForward.forward(_config.NormAfter ? x.to(_type) : FeedForwardNorm.forward(x));
        var normed = _config.NormAfter ? FeedForwardNorm.forward(delta) : delta;
        x = x.Plus(packed?.Drop(normed) ?? normed);
        Trace.Report($"{_name}_out", x);
        return x.MoveToOuterDisposeScope();
    }

    public IEnumerable<WeightPart> Weights() =>
    [
        .. AttentionNorm.Weights(), .. Qkv.Weights(), .. QueryNorm?.Weights() ?? [], .. KeyNorm?.Weights() ?? [],
        .. AttentionOut.Weights(), .. FeedForwardNorm.Weights(), .. FeedForward.Weights(),
    ];

    /// <returns>[rows, hiddenSize].</returns>
    private Tensor Attend(Tensor x, StepPlan plan, (Tensor Cos, Tensor Sin) angles, LayerMemory? memory)
    {
        var (width, keyValues) = (_config.HiddenSize, _config.KeyValueSize);
        var (heads, keyHeads) = (_config.HeadCount, _config.KeyValueHeadCount);
        var qkv = Qkv.forward(_config.NormAfter ? x.to(_type) : AttentionNorm.forward(x));
        var queryKey = QueryNorm is null || KeyNorm is null
            ? qkv.narrow(1, 0, width + keyValues)
            : cat([QueryNorm.forward(qkv.narrow(1, 0, width)), KeyNorm.forward(qkv.narrow(1, width, keyValues))], 1);
        var rotated = RotaryEmbedding.Rotate(
            queryKey.view(-1, heads + keyHeads, _config.HeadSize), angles.Cos, angles.Sin);
        var value = qkv.narrow(1, width + keyValues, keyValues);
        if (Trace is not null) Trace.Report($"{_name}_qkv", cat([rotated.flatten(1), value], 1));
        var rows = new AttentionRows(
            rotated.narrow(1, 0, heads), rotated.narrow(1, heads, keyHeads),
            value.view(-1, keyHeads, _config.HeadSize));
        memory?.Store(plan.Slots, rows.Keys, rows.Values);
        return rows.Attend(plan, memory);
    }
}
