using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>ff_out(silu(gate) * up), where ff_proj gives [up | gate].</summary>
internal sealed unsafe class DenseFeedForward : FeedForward
{
    /// <summary>Rows that go through at a time: the inner activations are ten times as wide as the stream, and a long prompt's would not fit in memory beside the weights.</summary>
    private const int MaxRows = 512;

    private readonly ThreadTeam _team;
    private readonly PackedMatrix _upGate;
    private readonly PackedMatrix _down;
    private readonly DenseWorkspace _workspace;

    public DenseFeedForward(ModelConfig config, WeightScope scope, WeightLoader loader, DenseWorkspace workspace, ThreadTeam team)
    {
        _team = team;
        _workspace = workspace;
        _upGate = loader.Matrix(scope, "ff_proj", 2 * config.FeedForwardSize, config.HiddenSize);
        _down = loader.Matrix(scope, "ff_out", config.HiddenSize, config.FeedForwardSize);
    }

    public override void Forward(Tensor x, Tensor y, ForwardTrace? trace)
    {
        for (var begin = 0; begin < x.Rows; begin += MaxRows)
        {
            var rows = Math.Min(MaxRows, x.Rows - begin);
            _workspace.Resize(rows);
            MatMul.Forward(x.Data + ((nint)begin * x.Columns), x.Columns, rows, _upGate, _workspace.Fused.Data, _workspace.Fused.Columns, _team);
            SwiGlu.Forward(_workspace.Fused, _workspace.Inner, _team);
            MatMul.Forward(_workspace.Inner.Data, _workspace.Inner.Columns, rows, _down, y.Data + ((nint)begin * y.Columns), y.Columns, _team);
        }
    }

    public override void Dispose()
    {
        _upGate.Dispose();
        _down.Dispose();
    }
}
