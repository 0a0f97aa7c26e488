using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>The feed-forward half of a decoder layer, without norm and residual.</summary>
internal abstract class FeedForward : IDisposable
{
    /// <param name="x">[rows, hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize], not x.</param>
    /// <param name="trace">Sees what is worth seeing; null in use.</param>
    public abstract void Forward(Tensor x, Tensor y, ForwardTrace? trace);

    public abstract void Dispose();
}
