using System.Diagnostics;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// CLIP's vision transformer without its last norm; what it gives are the outputs of the tapped layers, joined.
/// </summary>
/// <remarks>
/// patches [crops, patchCount, patchLength] -> features [crops * patchCount, taps * width]. The class token takes part
/// and is dropped at the end. Crops do not see each other.
/// </remarks>
internal sealed unsafe class VisionTransformer(
    VisionConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team) : IDisposable
{
    private readonly PackedMatrix _patchEmbedding =
        loader.ExactMatrix(scope, "patch_embedding", config.Width, config.PatchLength);
    private readonly Tensor _classEmbedding = loader.Vector(scope, "class_embedding", config.Width);
    private readonly Tensor _positions = PositionTable.Fit(
        loader.Table(scope, "positional_embedding", config.PositionCount, config.Width), config.GridRows,
        config.GridColumns);
    private readonly Tensor _preNormWeight = loader.Vector(scope, "pre_ln.weight", config.Width);
    private readonly Tensor _preNormBias = loader.Vector(scope, "pre_ln.bias", config.Width);
    private readonly VisionBlock[] _blocks = [.. Enumerable.Range(0, config.LayerCount)
        .Select(i => new VisionBlock(config, scope.Scope($"transformer.resblocks.{i}"), loader, team))];
    private readonly Tensor _embedded = new(0, config.Width);
    private readonly Tensor _x = new(0, config.Width);
    private readonly VisionWorkspace _workspace = new(config);

    private int _layer;

    public ForwardTrace? Trace { get; set; }

    /// <summary>
    /// [crops * patchCount, taps * width]: what the last pass gave for the patches of its windows, whole after its last
    /// step, valid until the next begins. Undefined for other patches.
    /// </summary>
    public Tensor Features { get; } = new(0, config.FeatureSize);

    /// <summary>All layers: fills <see cref="Features"/>.</summary>
    /// <param name="patches">[crops, patchCount, patchLength].</param>
    /// <param name="crops">Crops that go through together.</param>
    /// <param name="windows">As of <see cref="Begin"/>.</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    public void Forward(float* patches, int crops, ReadOnlySpan<int> windows, CancellationToken cancellationToken)
    {
        Begin(patches, crops, windows);
        do cancellationToken.ThrowIfCancellationRequested();
        while (Step());
    }

    /// <summary>Embeds crops and begins a pass through the layers; one that was not finished is given up.</summary>
    /// <param name="patches">[crops, patchCount, patchLength]; read here only.</param>
    /// <param name="crops">Crops that go through together.</param>
    /// <param name="windows">Pooling windows, counted over the crops, whose features are wanted.</param>
    public void Begin(float* patches, int crops, ReadOnlySpan<int> windows)
    {
        var patchCount = config.PatchCount;
        var positions = patchCount + 1;
        _layer = 0;
        Features.Resize(crops * patchCount);
        _embedded.Resize(crops * patchCount);
        _x.Resize(crops * positions);
        MatMul.Forward(
            patches, config.PatchLength, crops * patchCount, _patchEmbedding, _embedded.Data, config.Width, team);
        for (var crop = 0; crop < crops; crop++)
        {
            _classEmbedding.Span.CopyTo(_x.Row(crop * positions));
            for (var patch = 0; patch < patchCount; patch++)
                _embedded.Row((crop * patchCount) + patch).CopyTo(_x.Row((crop * positions) + 1 + patch));
            for (var position = 0; position < positions; position++)
            {
                Residual.Row(
                    _x.Data + ((nint)((crop * positions) + position) * config.Width),
                    _positions.Data + ((nint)position * config.Width), config.Width);
            }
        }

        LayerNorm.Forward(_x, _preNormWeight, _preNormBias, config.NormEpsilon, _x, team);
        Trace?.Invoke("vit_pre_ln", _x.Span);
        _workspace.Prepare(crops, windows);
    }

    /// <summary>Computes the next layer of the pass.</summary>
    /// <returns>Whether layers are left.</returns>
    public bool Step()
    {
        // Layers behind the last tap change nothing; a trace sees them all the same.
        var last = Trace is null ? config.TappedLayers.Max() : _blocks.Length - 1;
        Debug.Assert(_layer <= last, "The pass has layers left.");
        var keptRowsOnly = _layer == last && Trace is null;
        _blocks[_layer].Forward(_x, _workspace, keptRowsOnly);
        Trace?.Invoke($"vit_block{_layer}", _x.Span);
        for (var tap = 0; tap < config.TappedLayers.Count; tap++)
        {
            if (config.TappedLayers[tap] == _layer) Tap(tap, keptRowsOnly);
        }

        return _layer++ < last;
    }

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _patchEmbedding.Dispose();
        Tensor.Dispose(_classEmbedding, _positions, _preNormWeight, _preNormBias, _embedded, _x, Features);
        _workspace.Dispose();
    }

    private void Tap(int tap, bool isCut)
    {
        var kept = _workspace.KeptRows;
        for (var i = 0; i < kept.Length; i++)
        {
            var (crop, position) = Math.DivRem(kept[i], config.PatchCount + 1);
            _x.Row(isCut ? i : kept[i])
                .CopyTo(Features.Row((crop * config.PatchCount) + position - 1)[(tap * config.Width)..]);
        }
    }
}
