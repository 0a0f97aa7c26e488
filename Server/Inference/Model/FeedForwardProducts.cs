using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>down(activation(up(x))), with memory for what lies between, which layers use in turn.</summary>
/// <param name="activation">What comes between.</param>
/// <param name="width">Inputs of down.</param>
internal sealed unsafe class FeedForwardProducts(Activation activation, int width) : IDisposable
{
    // Where weights are whole numbers, nothing of it is written.
    private readonly Tensor _fused = new(0, 2 * width);
    private readonly Tensor _inner = new(0, width);

    /// <param name="x">[rows, inputs].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="up">width outputs; with SwiGLU twice as many, the gate's behind.</param>
    /// <param name="down">From width inputs.</param>
    /// <param name="y">[rows, outputs]; not within x.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="team">Threads that share the work.</param>
    public void Forward(
        float* x, nint xStride, int rows, PackedMatrix up, PackedMatrix down, float* y, nint yStride, ThreadTeam team)
    {
        if (IntegerJobs.CanFeed(up, down))
        {
            MatMul.FeedForward(x, xStride, rows, up, activation, down, y, yStride, team);
            return;
        }

        _inner.Resize(rows);
        if (activation == Activation.SwiGlu)
        {
            _fused.Resize(rows);
            MatMul.Forward(x, xStride, rows, up, _fused.Data, _fused.Columns, team);
            SwiGlu.Forward(_fused, _inner, team);
        }
        else
        {
            MatMul.Forward(x, xStride, rows, up, _inner.Data, width, team);
            QuickGelu.Forward(_inner, team);
        }

        MatMul.Forward(_inner.Data, width, rows, down, y, yStride, team);
    }

    public void Dispose() => Tensor.Dispose(_fused, _inner);
}
