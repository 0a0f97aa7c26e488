using Molmo.Demo.Inference.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// From patch features to token features: adds the padding embeddings, pools each window by attention with the window's
/// mean as query, and projects to the language model's width.
/// </summary>
/// <remarks>features [crops, patchCount, featureSize] -> [crops * tokensPerCrop, hiddenSize].</remarks>
internal sealed class Connector : nn.Module<Tensor, Tensor, Tensor>, IWeighted
{
    private readonly VisionConfig _vision;
    private readonly ScalarType _type;
    private readonly ScalarType _exact;
    private readonly string _path;
    private readonly Parameter _padding;
    private readonly Projection _query;
    private readonly Projection _keyValue;
    private readonly Projection _poolingOut;
    private readonly Projection _upGate;
    private readonly Projection _down;

    public Connector(ModelConfig config, TensorFormat format, string path)
        : base(nameof(Connector))
    {
        _vision = config.Vision;
        _type = format.Type;
        _exact = format.Exact;
        _path = path;
        var (width, features, inner) = (_vision.Width, _vision.FeatureSize, config.ProjectorSize);
        var (pooling, projector) = ($"{path}.image_pooling_2d", $"{path}.image_projector");
        _padding = format.ExactParameter(2, features);
        _query = new Projection(format, features, hasBias: true, new ProjectionPart($"{pooling}.wq", width));
        _keyValue = new Projection(
            format, features, hasBias: true, new($"{pooling}.wk", width), new($"{pooling}.wv", width));
        _poolingOut = new Projection(format, width, hasBias: true, new ProjectionPart($"{pooling}.wo", width));
        // In the order of the language model's fused projection: here it is w1 that goes through silu.
        _upGate = new Projection(
            format, width, hasBias: false, new($"{projector}.w3", inner),
            new($"{projector}.w1", inner));
        _down = new Projection(
            format, inner, hasBias: false, new ProjectionPart($"{projector}.w2", config.HiddenSize));
        RegisterComponents();
    }

    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace { get; set; }

    /// <param name="input1">Features: [crops, patchCount, featureSize].</param>
    /// <param name="input2">
    /// Masks [crops, patchCount], float32: share of each patch that is picture, as published shifted by one crop.
    /// </param>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        using var scope = NewDisposeScope();
        var windows = Windows(AddPadding(input1, input2));
        Trace.Report("pool_kv", windows);
        var mean = windows.mean([1]);
        Trace.Report("pool_query", mean);
        var pooled = _poolingOut.forward(Pool(mean.to(_type), windows.to(_type)));
        Trace.Report("pool_out", pooled);
        var tokens = _down.forward(FeedForward.SwiGlu(_upGate.forward(pooled)));
        Trace.Report("image_features", tokens);
        return tokens.MoveToOuterDisposeScope();
    }

    public IEnumerable<WeightPart> Weights() =>
    [
        new($"{_path}.pad_embed", _padding.alias()),
        .. ((IWeighted[])[_query, _keyValue, _poolingOut, _upGate, _down]).SelectMany(part => part.Weights()),
    ];

    /// <summary>
    /// Nothing for a patch that is all picture, one embedding for none, the other for the rest, which includes the
    /// mask of -1.
    /// </summary>
    private Tensor AddPadding(Tensor features, Tensor masks)
    {
        var none = masks.eq(Scalars.Zero).to(_exact).unsqueeze(-1);
        var part = masks.lt(Scalars.One).logical_and(masks.ne(Scalars.Zero)).to(_exact).unsqueeze(-1);
        return features.Plus(none * _padding[0]).Plus(part * _padding[1]);
    }

    /// <returns>[windows, patches of a window, featureSize].</returns>
    private Tensor Windows(Tensor features)
    {
        var (height, width) = (_vision.PoolingHeight, _vision.PoolingWidth);
        return features
            .view(-1, _vision.GridRows / height, height, _vision.GridColumns / width, width, _vision.FeatureSize)
            .permute(0, 1, 3, 2, 4, 5).reshape(-1, height * width, _vision.FeatureSize);
    }

    private Tensor Pool(Tensor mean, Tensor windows)
    {
        var (count, size, heads) = (windows.shape[0], windows.shape[1], _vision.HeadCount);
        var query = _query.forward(mean).view(count, 1, heads, -1).transpose(1, 2);
        var keyValue = _keyValue.forward(windows).view(count, size, 2, heads, -1).permute(2, 0, 3, 1, 4);
        var pooled = nn.functional.scaled_dot_product_attention(query, keyValue.select(0, 0), keyValue.select(0, 1));
        return pooled.reshape(count, _vision.Width);
    }
}
