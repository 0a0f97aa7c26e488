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
