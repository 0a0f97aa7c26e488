using Molmo.Demo.Inference.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// CLIP's vision transformer without its last norm; what it gives are the outputs of the tapped layers, joined.
/// </summary>
/// <remarks>
/// patches [crops, patchCount, patchLength] -> features [crops, patchCount, taps * width] in float32.
/// </remarks>
internal sealed class VisionTransformer : nn.Module, IWeighted
{
    private readonly VisionConfig _config;
    private readonly string _path;
    private readonly Parameter _patchEmbedding;
    private readonly Parameter _classEmbedding;
    private readonly Parameter _positions;
    private readonly LayerNorm _preNorm;
    private readonly ModuleList<VisionBlock> _blocks;
    private Tensor? _fittedPositions;

    public VisionTransformer(VisionConfig config, TensorFormat format, string path)
        : base(nameof(VisionTransformer))
    {
        _config = config;
        _path = path;
        _patchEmbedding = format.ExactParameter(config.Width, config.PatchLength);
        _classEmbedding = format.ExactParameter(config.Width);
        _positions = format.ExactParameter(config.PositionCount, config.Width);
        _preNorm = new LayerNorm(format, $"{path}.pre_ln", config.Width, config.NormEpsilon);
        _blocks = new ModuleList<VisionBlock>([.. Enumerable.Range(0, config.LayerCount)
            .Select(layer => new VisionBlock(config, format, $"{path}.transformer.resblocks.{layer}"))]);
        register_parameter("patch_embedding", _patchEmbedding);
        register_parameter("class_embedding", _classEmbedding);
        register_parameter("positional_embedding", _positions);
        register_module("pre_ln", _preNorm);
        register_module("resblocks", _blocks);
    }

    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace { get; set; }

    /// <summary>[positions, width], as the patch grid needs them.</summary>
    internal Tensor Positions => _fittedPositions ?? _positions;

    /// <summary>
    /// Fits the position table to the patch grid, where a checkpoint has another; after the weights are there.
    /// </summary>
    public void FitPositions()
    {
        if (_config.PositionCount == _config.PatchCount + 1) return;
        using var table = new Tensors.Tensor(_config.PositionCount, _config.Width);
        _positions.Read().CopyTo(table.Span);
        using var fitted = PositionTable.Fit(table, _config.GridRows, _config.GridColumns);
        _fittedPositions = tensor(
            fitted.Span.ToArray(), [fitted.Rows, fitted.Columns], device: _positions.device).DetachFromDisposeScope();
    }

    /// <param name="patches">[crops, patchCount, patchLength], float32.</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    public Tensor Forward(Tensor patches, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var crops = patches.shape[0];
        var embedded = nn.functional.linear(patches, _patchEmbedding);
        var x = cat([_classEmbedding.view(1, 1, -1).expand(crops, 1, -1), embedded], 1).Plus(Positions);
        x = _preNorm.forward(x);
        Trace.Report("vit_pre_ln", x);
        var taps = new Tensor[_config.TappedLayers.Count];
        var last = Trace is null ? _config.TappedLayers.Max() : _blocks.Count - 1;
        for (var layer = 0; layer <= last; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            x = _blocks[layer].forward(x);
            Trace.Report($"vit_block{layer}", x);
            for (var tap = 0; tap < taps.Length; tap++)
                if (_config.TappedLayers[tap] == layer) taps[tap] = x.narrow(1, 1, _config.PatchCount);
        }

        return cat(taps, -1).MoveToOuterDisposeScope();
    }

    public IEnumerable<WeightPart> Weights() =>
    [
        new($"{_path}.patch_embedding.weight", _patchEmbedding.alias()),
        new($"{_path}.class_embedding", _classEmbedding.alias()),
        new($"{_path}.positional_embedding", _positions.alias()),
        .. _preNorm.Weights(),
        .. _blocks.SelectMany(block => block.Weights()),
    ];

    protected override void Dispose(bool disposing)
    {
        if (disposing) _fittedPositions?.Dispose();
        base.Dispose(disposing);
    }
}
