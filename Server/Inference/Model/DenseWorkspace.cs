using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>Inner activations that the feed-forward layers use in turn.</summary>
internal sealed class DenseWorkspace(int width) : IDisposable
{
    /// <summary>[rows, 2 * width]: up beside gate.</summary>
    public Tensor Fused { get; } = new(0, 2 * width);

    /// <summary>[rows, width].</summary>
    public Tensor Inner { get; } = new(0, width);

    public void Resize(int rows)
    {
        Fused.Resize(rows);
        Inner.Resize(rows);
    }

    public void Dispose()
    {
        Fused.Dispose();
        Inner.Dispose();
    }
}
