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

    public RmsNorm(TensorFormat format, string name, int width, double epsilon)
        : base(nameof(RmsNorm))
    {
        _name = name;
        _type = format.Type;
        Epsilon = epsilon;
        Weight = format.ExactParameter(width);
        register_parameter("weight", Weight);
    }

    public Parameter Weight { get; }

    public double Epsilon { get; }

    public override Tensor forward(Tensor input)
    {
        var x = input.to(ScalarType.Float32);
        return (x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * Weight).to(_type);
    }

    public IEnumerable<WeightPart> Weights() => [new(_name, Weight.alias())];
}
