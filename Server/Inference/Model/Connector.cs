using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// From patch features to token features: adds the padding embeddings, pools each window by attention with the window's
/// mean as query, and projects to the language model's width.
/// </summary>
/// <remarks>features [crops * patchCount, featureSize], masks [crops * patchCount] -> [crops * tokensPerCrop, hiddenSize].</remarks>
internal sealed class Connector : IDisposable
{
    private readonly VisionConfig _vision;
    private readonly int _projectorSize;
    private readonly ThreadTeam _team;
    private readonly Tensor _padding;
    private readonly PackedMatrix _query;
    private readonly PackedMatrix _key;
    private readonly PackedMatrix _value;
    private readonly PackedMatrix _poolingOut;
    private readonly PackedMatrix _upGate;
    private readonly PackedMatrix _down;

    private readonly Tensor _windows;
    private readonly Tensor _means;
    private readonly Tensor _queries;
    private readonly Tensor _keys;
    private readonly Tensor _values;
    private readonly Tensor _pooled;
    private readonly Tensor _pooledOut;
    private readonly Tensor _fused;
    private readonly Tensor _inner;

    public Connector(ModelConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team)
    {
        _vision = config.Vision;
        _projectorSize = config.ProjectorSize;
        _team = team;
        var (width, features) = (_vision.Width, _vision.FeatureSize);
        var pooling = scope.Scope("image_pooling_2d");
        var projector = scope.Scope("image_projector");
        _padding = loader.Table(scope, "pad_embed", 2, features);
        _query = loader.Matrix(pooling, "wq", width, features, hasBias: true);
        _key = loader.Matrix(pooling, "wk", width, features, hasBias: true);
        _value = loader.Matrix(pooling, "wv", width, features, hasBias: true);
        _poolingOut = loader.Matrix(pooling, "wo", width, width, hasBias: true);
        // In the order of the language model's fused projection: here it is w1 that goes through silu.
        _upGate = loader.Stacked(width, hasBias: false, new(projector, "w3", _projectorSize), new(projector, "w1", _projectorSize));
        _down = loader.Matrix(projector, "w2", config.HiddenSize, _projectorSize);

        _windows = new Tensor(0, features);
        _means = new Tensor(0, features);
        _queries = new Tensor(0, width);
        _keys = new Tensor(0, width);
        _values = new Tensor(0, width);
        _pooled = new Tensor(0, width);
        _pooledOut = new Tensor(0, width);
        _fused = new Tensor(0, 2 * _projectorSize);
        _inner = new Tensor(0, _projectorSize);
    }

    public ForwardTrace? Trace { get; set; }

    /// <param name="features">[crops * patchCount, featureSize].</param>
    /// <param name="masks">[crops * patchCount]: share of each patch that is picture, as published shifted by one crop.</param>
    /// <param name="output">[crops * tokensPerCrop, hiddenSize].</param>
    public void Forward(Tensor features, ReadOnlySpan<float> masks, Tensor output)
    {
        var size = _vision.PoolingHeight * _vision.PoolingWidth;
        var windows = output.Rows;
        _windows.Resize(windows * size);
        foreach (var tensor in (ReadOnlySpan<Tensor>)[_means, _queries, _pooled, _pooledOut, _fused, _inner]) tensor.Resize(windows);
        _keys.Resize(windows * size);
        _values.Resize(windows * size);

        Gather(features, masks);
        Trace?.Invoke("pool_kv", _windows.Span);
        WindowPooling.Mean(_windows, size, _means);
        Trace?.Invoke("pool_query", _means.Span);
        MatMul.Forward(_means, _query, _queries, _team);
        MatMul.Forward(_windows, _key, _keys, _team);
        MatMul.Forward(_windows, _value, _values, _team);
        WindowPooling.Forward(_queries, _keys, _values, size, _vision.HeadCount, _pooled, _team);
        MatMul.Forward(_pooled, _poolingOut, _pooledOut, _team);
        Trace?.Invoke("pool_out", _pooledOut.Span);
        MatMul.Forward(_pooledOut, _upGate, _fused, _team);
        SwiGlu.Forward(_fused, _inner, _team);
        MatMul.Forward(_inner, _down, output, _team);
        Trace?.Invoke("image_features", output.Span);
    }

    public void Dispose()
    {
        foreach (var matrix in (PackedMatrix[])[_query, _key, _value, _poolingOut, _upGate, _down]) matrix.Dispose();
        foreach (var tensor in (Tensor[])[_padding, _windows, _means, _queries, _keys, _values, _pooled, _pooledOut, _fused, _inner]) tensor.Dispose();
    }

    /// <summary>Brings the patches of each window together, row by row within it, with their padding embeddings.</summary>
    private void Gather(Tensor features, ReadOnlySpan<float> masks)
    {
        var (rows, columns) = (_vision.GridRows, _vision.GridColumns);
        var target = 0;
        for (var crop = 0; crop < features.Rows / _vision.PatchCount; crop++)
        {
            for (var top = 0; top < rows; top += _vision.PoolingHeight)
            {
                for (var left = 0; left < columns; left += _vision.PoolingWidth)
                {
                    for (var y = top; y < top + _vision.PoolingHeight; y++)
                    {
                        for (var x = left; x < left + _vision.PoolingWidth; x++)
                        {
                            var patch = (((crop * rows) + y) * columns) + x;
                            features.Row(patch).CopyTo(_windows.Row(target));
                            AddPadding(masks[patch], _windows.Row(target));
                            target++;
                        }
                    }
                }
            }
        }
    }

    /// <summary>Nothing for a patch that is all picture, one embedding for none, the other for the rest, which includes the mask of -1.</summary>
    private void AddPadding(float mask, Span<float> row)
    {
        if (mask is not 1) Residual.Add(row, _padding.Row(mask is 0 ? 0 : 1));
    }
}
