using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

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

/// <summary>ff_out(silu(gate) * up), where ff_proj gives [up | gate].</summary>
internal sealed unsafe class DenseFeedForward(
    ModelConfig config, WeightScope scope, WeightLoader loader, DenseWorkspace workspace, ThreadTeam team) : FeedForward
{
    /// <summary>
    /// Rows that go through at a time: the inner activations are ten times as wide as the stream, and a long prompt's
    /// would not fit in memory beside the weights.
    /// </summary>
    private const int MaxRows = 512;

    private readonly PackedMatrix _upGate =
        loader.Matrix(scope, "ff_proj", 2 * config.FeedForwardSize, config.HiddenSize);
    private readonly PackedMatrix _down = loader.Matrix(scope, "ff_out", config.HiddenSize, config.FeedForwardSize);

    public override void Forward(Tensor x, Tensor y, ForwardTrace? trace)
    {
        for (var begin = 0; begin < x.Rows; begin += MaxRows)
        {
            var rows = Math.Min(MaxRows, x.Rows - begin);
            float* source = x.Data + ((nint)begin * x.Columns), target = y.Data + ((nint)begin * y.Columns);
            if (IntegerJobs.CanFeed(_upGate, _down))
            {
                MatMul.FeedForward(
                    source, x.Columns, rows, _upGate, Activation.SwiGlu, _down, target, y.Columns, team);
                continue;
            }

            workspace.Resize(rows);
            var (fused, inner) = (workspace.Fused, workspace.Inner);
            MatMul.Forward(source, x.Columns, rows, _upGate, fused.Data, fused.Columns, team);
            SwiGlu.Forward(fused, inner, team);
            MatMul.Forward(inner.Data, inner.Columns, rows, _down, target, y.Columns, team);
        }
    }

    public override void Dispose()
    {
        _upGate.Dispose();
        _down.Dispose();
    }
}

/// <summary>Inner activations that the feed-forward layers use in turn, where weights are not whole numbers.
/// </summary>
internal sealed class DenseWorkspace(int width) : IDisposable
{
    /// <summary>[rows, 2 * width]: up beside gate.</summary>
    public Tensor Fused { get; } = new(0, 2 * width);

    /// <summary>[rows, width].</summary>
    public Tensor Inner { get; } = new(0, width);

    public void Resize(int rows) => Tensor.Resize(rows, Fused, Inner);

    public void Dispose() => Tensor.Dispose(Fused, Inner);
}
