using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>The second half of a layer: x [rows, hiddenSize] in the network's format to the same shape.</summary>
internal abstract class FeedForward(string name) : nn.Module<Tensor, Tensor>(name), IWeighted
{
    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace { get; set; }

    public abstract IEnumerable<WeightPart> Weights();

    /// <summary>silu of the second half times the first: fused [.., 2 * inner] to [.., inner].</summary>
    public static Tensor SwiGlu(Tensor fused)
    {
        var inner = fused.shape[^1] / 2;
        return fused.narrow(-1, inner, inner).silu() * fused.narrow(-1, 0, inner);
    }
}

/// <summary>Up and gate in one projection, and back.</summary>
internal sealed class DenseFeedForward : FeedForward
{
    public DenseFeedForward(ModelConfig config, TensorFormat format, string path)
        : base(nameof(DenseFeedForward))
    {
        UpGate = new Projection(
            format, config.HiddenSize, hasBias: false,
            new ProjectionPart($"{path}.ff_proj", 2 * config.FeedForwardSize));
        Down = new Projection(
            format, config.FeedForwardSize, hasBias: false, new ProjectionPart($"{path}.ff_out", config.HiddenSize));
        register_module("ff_proj", UpGate);
        register_module("ff_out", Down);
    }

    public Projection UpGate { get; }

    public Projection Down { get; }

    public override Tensor forward(Tensor input) => Down.forward(SwiGlu(UpGate.forward(input)));

    public override IEnumerable<WeightPart> Weights() => [.. UpGate.Weights(), .. Down.Weights()];
}
