using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// From patch features to token features: adds the padding embeddings, pools each window by attention with the window's
/// mean as query, and projects to the language model's width.
/// </summary>
/// <remarks>features [crops * patchCount, featureSize], masks [crops * patchCount] -> [windows, hiddenSize].</remarks>
internal sealed unsafe class Connector(
    ModelConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team) : IDisposable
{
    private readonly VisionConfig _vision = config.Vision;
    private readonly Tensor _padding = loader.Table(scope, "pad_embed", 2, config.Vision.FeatureSize);
    private readonly PackedMatrix _query = InputOf(config.Vision, scope, loader, "wq");
    private readonly PackedMatrix _key = InputOf(config.Vision, scope, loader, "wk");
    private readonly PackedMatrix _value = InputOf(config.Vision, scope, loader, "wv");
    private readonly PackedMatrix _poolingOut = loader.Matrix(
        scope.Scope(Pooling), "wo", config.Vision.Width, config.Vision.Width, hasBias: true);

    // In the order of the language model's fused projection: here it is w1 that goes through silu.
    private readonly PackedMatrix _upGate = loader.Stacked(
        config.Vision.Width, hasBias: false,
        new(scope.Scope(Projector), "w3", config.ProjectorSize),
        new(scope.Scope(Projector), "w1", config.ProjectorSize));
    private readonly PackedMatrix _down = loader.Matrix(
        scope.Scope(Projector), "w2", config.HiddenSize, config.ProjectorSize);

    private readonly Tensor _windows = new(0, config.Vision.FeatureSize);
    private readonly Tensor _means = new(0, config.Vision.FeatureSize);
    private readonly Tensor _queries = new(0, config.Vision.Width);
    private readonly Tensor _keys = new(0, config.Vision.Width);
    private readonly Tensor _values = new(0, config.Vision.Width);
    private readonly Tensor _pooled = new(0, config.Vision.Width);
    private readonly Tensor _pooledOut = new(0, config.Vision.Width);
    private readonly FeedForwardProducts _projector = new(Activation.SwiGlu, config.ProjectorSize);

    private const string Pooling = "image_pooling_2d";
    private const string Projector = "image_projector";

    public ForwardTrace? Trace { get; set; }

    /// <param name="features">[crops * patchCount, featureSize].</param>
    /// <param name="masks">[crops * patchCount]: share of each patch that is picture, as published shifted by one
    /// crop.</param>
    /// <param name="windows">Windows that are wanted, counted over the crops.</param>
    /// <param name="output">[windows, hiddenSize].</param>
    public void Forward(Tensor features, ReadOnlySpan<float> masks, ReadOnlySpan<int> windows, Tensor output)
    {
        var size = _vision.WindowSize;
        Tensor.Resize(windows.Length * size, _windows, _keys, _values);
        Tensor.Resize(windows.Length, _means, _queries, _pooled, _pooledOut, output);

        Gather(features, masks, windows);
        Trace?.Invoke("pool_kv", _windows.Span);
        WindowPooling.Mean(_windows, size, _means);
        Trace?.Invoke("pool_query", _means.Span);
        MatMul.Forward(_means, _query, _queries, team);
        MatMul.Forward(_windows, _key, _keys, team);
        MatMul.Forward(_windows, _value, _values, team);
        WindowPooling.Forward(_queries, _keys, _values, size, _vision.HeadCount, _pooled, team);
        MatMul.Forward(_pooled, _poolingOut, _pooledOut, team);
        Trace?.Invoke("pool_out", _pooledOut.Span);
        _projector.Forward(
            _pooledOut.Data, _pooledOut.Columns, _pooledOut.Rows, _upGate, _down, output.Data, output.Columns, team);
        Trace?.Invoke("image_features", output.Span);
    }

    public void Dispose()
    {
        foreach (var matrix in (PackedMatrix[])[_query, _key, _value, _poolingOut, _upGate, _down]) matrix.Dispose();
        Tensor.Dispose(_padding, _windows, _means, _queries, _keys, _values, _pooled, _pooledOut);
        _projector.Dispose();
    }

    private static PackedMatrix InputOf(VisionConfig vision, WeightScope scope, WeightLoader loader, string name)
        => loader.Matrix(scope.Scope(Pooling), name, vision.Width, vision.FeatureSize, hasBias: true);

    /// <summary>
    /// Brings the patches of each window together, row by row within it, with their padding embeddings.
    /// </summary>
    private void Gather(Tensor features, ReadOnlySpan<float> masks, ReadOnlySpan<int> windows)
    {
        var target = 0;
        foreach (var window in windows)
        {
            for (var i = 0; i < _vision.WindowSize; i++, target++)
            {
                var patch = _vision.PatchOf(window, i);
                features.Row(patch).CopyTo(_windows.Row(target));
                AddPadding(masks[patch], _windows.Row(target));
            }
        }
    }

    /// <summary>
    /// Nothing for a patch that is all picture, one embedding for none, the other for the rest, which includes the mask
    /// of -1.
    /// </summary>
    private void AddPadding(float mask, Span<float> row)
    {
        if (mask is not 1) Residual.Add(row, _padding.Row(mask is 0 ? 0 : 1));
    }
}
