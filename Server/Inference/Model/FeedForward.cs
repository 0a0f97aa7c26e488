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
    ModelConfig config, WeightScope scope, WeightLoader loader, FeedForwardProducts workspace, ThreadTeam team)
    : FeedForward
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
            workspace.Forward(
                x.Data + ((nint)begin * x.Columns), x.Columns, rows, _upGate, _down,
                y.Data + ((nint)begin * y.Columns), y.Columns, team);
        }
    }

    public override void Dispose()
    {
        _upGate.Dispose();
        _down.Dispose();
    }
}
