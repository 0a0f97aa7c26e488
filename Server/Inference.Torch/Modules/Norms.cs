using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// w * x / sqrt(mean(x^2) + epsilon) over the last axis, in float32; the result has the network's format.
/// </summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>, IWeighted
{
    private readonly string _name;
    private readonly ScalarType _type;
    private readonly TorchSharp.Scalar _epsilon;

    public RmsNorm(TensorFormat format, string name, int width, double epsilon)
        : base(nameof(RmsNorm))
    {
        _name = name;
        _type = format.Type;
        _epsilon = epsilon;
        Weight = format.ExactParameter(width);
        register_parameter("weight", Weight);
    }

    public Parameter Weight { get; }

    public override Tensor forward(Tensor input)
    {
        var x = input.to(Weight.dtype);
        var meanSquare = (x * x).mean([-1], keepdim: true);
        return (x * meanSquare.add(_epsilon, Scalars.One).rsqrt() * Weight).to(_type);
    }

    public IEnumerable<WeightPart> Weights() => [new(_name, Weight.alias())];
}

/// <summary>Layer norm with bias over the last axis of a float32 stream.</summary>
internal sealed class LayerNorm : nn.Module<Tensor, Tensor>, IWeighted
{
    private readonly string _path;
    private readonly double _epsilon;
    private readonly long[] _width;

    public LayerNorm(TensorFormat format, string path, int width, double epsilon)
        : base(nameof(LayerNorm))
    {
        _path = path;
        _epsilon = epsilon;
        _width = [width];
        Weight = format.ExactParameter(width);
        Bias = format.ExactParameter(width);
        register_parameter("weight", Weight);
        register_parameter("bias", Bias);
    }

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    /// <returns>float32.</returns>
    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, _width, Weight, Bias, _epsilon);

    public IEnumerable<WeightPart> Weights()
        => [new($"{_path}.weight", Weight.alias()), new($"{_path}.bias", Bias.alias())];
}
