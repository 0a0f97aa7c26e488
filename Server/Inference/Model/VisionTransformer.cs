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

    public ForwardTrace? Trace { get; set; }

    /// <param name="patches">[crops, patchCount, patchLength].</param>
    /// <param name="crops">Crops that go through together.</param>
    /// <param name="features">[crops * patchCount, taps * width].</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    public void Forward(float* patches, int crops, Tensor features, CancellationToken cancellationToken)
    {
        var patchCount = config.PatchCount;
        var positions = patchCount + 1;
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

        _workspace.Prepare(crops, positions);
        var last = Trace is null ? config.TappedLayers.Max() : _blocks.Length - 1;
        for (var layer = 0; layer <= last; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _blocks[layer].Forward(_x, crops, _workspace);
            Trace?.Invoke($"vit_block{layer}", _x.Span);
            for (var tap = 0; tap < config.TappedLayers.Count; tap++)
            {
                if (config.TappedLayers[tap] == layer) Tap(crops, tap, features);
            }
        }
    }

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _patchEmbedding.Dispose();
        Tensor.Dispose(_classEmbedding, _positions, _preNormWeight, _preNormBias, _embedded, _x);
        _workspace.Dispose();
    }

    private void Tap(int crops, int tap, Tensor features)
    {
        var patchCount = config.PatchCount;
        for (var crop = 0; crop < crops; crop++)
        {
            for (var patch = 0; patch < patchCount; patch++)
            {
                _x.Row((crop * (patchCount + 1)) + 1 + patch)
                    .CopyTo(features.Row((crop * patchCount) + patch)[(tap * config.Width)..]);
            }
        }
    }
}
