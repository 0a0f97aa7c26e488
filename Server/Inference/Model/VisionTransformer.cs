using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>CLIP's vision transformer without its last norm; what it gives are the outputs of the tapped layers, joined.</summary>
/// <remarks>
/// patches [crops, patchCount, patchLength] -> features [crops * patchCount, taps * width]. The class token takes part and
/// is dropped at the end. Crops do not see each other.
/// </remarks>
internal sealed unsafe class VisionTransformer : IDisposable
{
    private readonly VisionConfig _config;
    private readonly ThreadTeam _team;
    private readonly PackedMatrix _patchEmbedding;
    private readonly Tensor _classEmbedding;
    private readonly Tensor _positions;
    private readonly Tensor _preNormWeight;
    private readonly Tensor _preNormBias;
    private readonly VisionBlock[] _blocks;
    private readonly Tensor _embedded;
    private readonly Tensor _x;
    private readonly VisionWorkspace _workspace;

    public VisionTransformer(VisionConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team)
    {
        _config = config;
        _team = team;
        _patchEmbedding = loader.ExactMatrix(scope, "patch_embedding", config.Width, config.PatchLength);
        _classEmbedding = loader.Vector(scope, "class_embedding", config.Width);
        _positions = PositionTable.Fit(
            loader.Table(scope, "positional_embedding", config.PositionCount, config.Width), config.GridRows, config.GridColumns);
        _preNormWeight = loader.Vector(scope, "pre_ln.weight", config.Width);
        _preNormBias = loader.Vector(scope, "pre_ln.bias", config.Width);
        _blocks = new VisionBlock[config.LayerCount];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new VisionBlock(config, scope.Scope($"transformer.resblocks.{i}"), loader, team);
        _embedded = new Tensor(0, config.Width);
        _x = new Tensor(0, config.Width);
        _workspace = new VisionWorkspace(config);
    }

    public ForwardTrace? Trace { get; set; }

    /// <param name="patches">[crops, patchCount, patchLength].</param>
    /// <param name="crops">Crops that go through together.</param>
    /// <param name="features">[crops * patchCount, taps * width].</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    public void Forward(float* patches, int crops, Tensor features, CancellationToken cancellationToken)
    {
        var patchCount = _config.PatchCount;
        var positions = patchCount + 1;
        _embedded.Resize(crops * patchCount);
        _x.Resize(crops * positions);
        MatMul.Forward(patches, _config.PatchLength, crops * patchCount, _patchEmbedding, _embedded.Data, _config.Width, _team);
        for (var crop = 0; crop < crops; crop++)
        {
            _classEmbedding.Span.CopyTo(_x.Row(crop * positions));
            for (var patch = 0; patch < patchCount; patch++)
                _embedded.Row((crop * patchCount) + patch).CopyTo(_x.Row((crop * positions) + 1 + patch));
            for (var position = 0; position < positions; position++)
            {
                Residual.Row(
                    _x.Data + ((nint)((crop * positions) + position) * _config.Width),
                    _positions.Data + ((nint)position * _config.Width), _config.Width);
            }
        }

        LayerNorm.Forward(_x, _preNormWeight, _preNormBias, _config.NormEpsilon, _x, _team);
        Trace?.Invoke("vit_pre_ln", _x.Span);

        _workspace.Prepare(crops, positions);
        var last = Trace is null ? _config.TappedLayers.Max() : _blocks.Length - 1;
        for (var layer = 0; layer <= last; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _blocks[layer].Forward(_x, crops, _workspace);
            Trace?.Invoke($"vit_block{layer}", _x.Span);
            for (var tap = 0; tap < _config.TappedLayers.Count; tap++)
            {
                if (_config.TappedLayers[tap] == layer) Tap(crops, tap, features);
            }
        }
    }

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _patchEmbedding.Dispose();
        _classEmbedding.Dispose();
        _positions.Dispose();
        _preNormWeight.Dispose();
        _preNormBias.Dispose();
        _embedded.Dispose();
        _x.Dispose();
        _workspace.Dispose();
    }

    private void Tap(int crops, int tap, Tensor features)
    {
        var patchCount = _config.PatchCount;
        for (var crop = 0; crop < crops; crop++)
        {
            for (var patch = 0; patch < patchCount; patch++)
            {
                _x.Row((crop * (patchCount + 1)) + 1 + patch)
                    .CopyTo(features.Row((crop * patchCount) + patch)[(tap * _config.Width)..]);
            }
        }
    }
}
