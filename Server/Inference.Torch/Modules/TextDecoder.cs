using Molmo.Demo.Inference.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>The language model: embeddings in, logits out. Keys and values go to the memory.</summary>
internal sealed class TextDecoder : nn.Module, IWeighted
{
    private const string Root = "model.transformer";

    private readonly ModelConfig _config;
    private readonly Parameter _embedding;
    private readonly RmsNorm _finalNorm;
    private readonly Projection _head;
    private readonly RotaryEmbedding _rotary;
    private readonly ScalarType _exact;

    public TextDecoder(ModelConfig config, TensorFormat format)
        : base(nameof(TextDecoder))
    {
        _config = config;
        _exact = format.Exact;
        _embedding = format.Parameter(config.EmbeddingSize + config.AdditionalVocabularySize, config.HiddenSize);
        Blocks = new ModuleList<DecoderBlock>([.. Enumerable.Range(0, config.LayerCount)
            .Select(layer => new DecoderBlock(config, format, layer, $"{Root}.blocks.{layer}"))]);
        _finalNorm = new RmsNorm(format, $"{Root}.ln_f.weight", config.HiddenSize, config.NormEpsilon);
        _head = new Projection(
            format, config.HiddenSize, hasBias: false,
            new ProjectionPart(
                config.Family == ModelFamily.Olmoe ? "lm_head" : $"{Root}.ff_out", config.EmbeddingSize));
        _rotary = new RotaryEmbedding(config, format);
        register_parameter("wte", _embedding);
        register_module("blocks", Blocks);
        register_module("ln_f", _finalNorm);
        register_module("head", _head);
    }

    public ModuleList<DecoderBlock> Blocks { get; }

    /// <summary>[1, positions]: every position that a sequence may have.</summary>
    public Tensor Positions => _rotary.Positions;

    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace
    {
        get;
        set
        {
            field = value;
            foreach (var block in Blocks) block.Trace = block.FeedForward.Trace = value;
        }
    }

    /// <summary>Rows of both tables; an id below zero is padding and counts as zero.</summary>
    /// <returns>[rows, hiddenSize], float32.</returns>
    public Tensor Embed(StepPlan plan)
    {
        var ids = plan.HasPadding ? plan.TokenIds.clamp(min: Scalars.Zero) : plan.TokenIds;
        var x = _embedding.index_select(0, ids).to(_exact);
        return plan.HasPadding ? x.masked_fill(plan.TokenIds.lt(Scalars.Zero).unsqueeze(1), Scalars.Zero) : x;
    }

    /// <summary>Angles of the rows' positions, the same in all layers.</summary>
    public (Tensor Cos, Tensor Sin) AnglesOf(StepPlan plan) => _rotary.At(plan.Positions);

    /// <param name="x">[rows, hiddenSize]: embeddings with the picture's features added.</param>
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="memory">Holds the positions before, takes the new ones; null in training.</param>
    /// <param name="lastRowsOnly">Whether only each sequence's next token is wanted.</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    /// <returns>Hidden states behind the last layer: [sequences or rows, hiddenSize].</returns>
    public Tensor Forward(
        Tensor x, StepPlan plan, KeyValueMemory? memory, bool lastRowsOnly, CancellationToken cancellationToken)
    {
        var angles = AnglesOf(plan);
        for (var layer = 0; layer < Blocks.Count; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            x = Blocks[layer].Forward(x, plan, angles, memory?.Layer(layer), lastRowsOnly && layer == Blocks.Count - 1);
        }

        return x;
    }

    /// <returns>[rows, embeddingSize], float32.</returns>
    public Tensor Logits(Tensor x)
    {
        var normed = _finalNorm.forward(x);
        Trace.Report("final_norm", normed);
        return _head.forward(normed).to(_exact);
    }

    public IEnumerable<WeightPart> Weights()
    {
        yield return new($"{Root}.wte.embedding", _embedding.narrow(0, 0, _config.EmbeddingSize));
        if (_config.AdditionalVocabularySize > 0)
            yield return new(
                $"{Root}.wte.new_embedding",
                _embedding.narrow(0, _config.EmbeddingSize, _config.AdditionalVocabularySize));
        foreach (var part in Blocks.SelectMany(block => block.Weights())) yield return part;
        foreach (var part in (WeightPart[])[.. _finalNorm.Weights(), .. _head.Weights()]) yield return part;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _rotary.Dispose();
        base.Dispose(disposing);
    }
}
