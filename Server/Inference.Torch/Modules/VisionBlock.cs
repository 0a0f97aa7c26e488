using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// One layer of the vision transformer: x [crops, positions, width] in float32, full attention within a crop.
/// </summary>
internal sealed class VisionBlock : nn.Module<Tensor, Tensor>, IWeighted
{
    private readonly VisionConfig _config;
    private readonly ScalarType _type;
    private readonly ScalarType _attentionType;
    private readonly LayerNorm _attentionNorm;
    private readonly Projection _qkv;
    private readonly Projection _attentionOut;
    private readonly LayerNorm _feedForwardNorm;
    private readonly Projection _up;
    private readonly Projection _down;

    public VisionBlock(VisionConfig config, TensorFormat format, string path)
        : base(nameof(VisionBlock))
    {
        _config = config;
        _type = format.Type;
        _attentionType = format.TrainedAttention;
        var (width, inner) = (config.Width, config.FeedForwardSize);
        _attentionNorm = new LayerNorm(format, $"{path}.attention_norm", width, config.NormEpsilon);
        _qkv = new Projection(
            format, width, hasBias: true,
            new($"{path}.attention.wq", width), new($"{path}.attention.wk", width), new($"{path}.attention.wv", width));
        _attentionOut = new Projection(format, width, hasBias: true, new ProjectionPart($"{path}.attention.wo", width));
        _feedForwardNorm = new LayerNorm(format, $"{path}.ffn_norm", width, config.NormEpsilon);
        _up = new Projection(format, width, hasBias: true, new ProjectionPart($"{path}.feed_forward.w1", inner));
        _down = new Projection(format, inner, hasBias: true, new ProjectionPart($"{path}.feed_forward.w2", width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = input.Plus(Attend(_attentionNorm.forward(input).to(_type)));
        var inner = _up.forward(_feedForwardNorm.forward(x).to(_type));
        return x.Plus(_down.forward(QuickGelu(inner))).MoveToOuterDisposeScope();
    }

    public IEnumerable<WeightPart> Weights()
        => ((IWeighted[])[_attentionNorm, _qkv, _attentionOut, _feedForwardNorm, _up, _down])
            .SelectMany(part => part.Weights());

    private static Tensor QuickGelu(Tensor x) => x * x.mul(Scalars.QuickGelu).sigmoid();

    private Tensor Attend(Tensor x)
    {
        var (crops, positions) = (x.shape[0], x.shape[1]);
        var heads = _qkv.forward(x).to(_attentionType)
            .view(crops, positions, 3, _config.HeadCount, _config.HeadSize).permute(2, 0, 3, 1, 4);
        var attended = nn.functional.scaled_dot_product_attention(
            heads.select(0, 0), heads.select(0, 1), heads.select(0, 2));
        return _attentionOut.forward(attended.transpose(1, 2).reshape(crops, positions, _config.Width).to(_type));
    }
}
