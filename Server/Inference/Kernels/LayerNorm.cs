using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Layer norm over the last axis with weight and bias, as in the vision transformer.</summary>
/// <remarks>x: [rows, width], weight, bias: [width] -> y: [rows, width], which may be x. Variance of the population.</remarks>
internal static unsafe partial class LayerNorm
{
    public static void Forward(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, ThreadTeam team)
    {
        Debug.Assert(x.Columns == weight.Columns && bias.Columns == x.Columns && y.Columns == x.Columns && y.Rows == x.Rows, "Shapes fit.");
        var job = new Job
        {
            X = x.Data,
            Weight = weight.Data,
            Bias = bias.Data,
            Width = x.Columns,
            Epsilon = epsilon,
            Y = y.Data,
            Split = new RowSplit(x.Rows, x.Columns),
        };
        team.Run(ref job, job.Split.ItemCount, job.Split.Work);
    }

    /// <summary>One row.</summary>
    public static void Row(float* x, float* weight, float* bias, int width, float epsilon, float* y)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, weight, bias, width, epsilon, y);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, weight, bias, width, epsilon, y);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, weight, bias, width, epsilon, y);
        else Reference(new(x, width), new(weight, width), new(bias, width), epsilon, new(y, width));
    }

    /// <summary>The plain form.</summary>
    public static void Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
    {
        var width = weight.Length;
        for (var begin = 0; begin < x.Length; begin += width)
        {
            var sum = 0f;
            for (var i = 0; i < width; i++) sum += x[begin + i];
            var mean = sum / width;
            var squares = 0f;
            for (var i = 0; i < width; i++) squares += (x[begin + i] - mean) * (x[begin + i] - mean);
            var scale = 1 / MathF.Sqrt((squares / width) + epsilon);
            for (var i = 0; i < width; i++) y[begin + i] = ((x[begin + i] - mean) * scale * weight[i]) + bias[i];
        }
    }

    private struct Job : IKernelJob
    {
        public float* X;
        public float* Weight;
        public float* Bias;
        public int Width;
        public float Epsilon;
        public float* Y;
        public RowSplit Split;

        public readonly void Execute(int item, int worker)
        {
            for (nint row = Split.Begin(item); row < Split.End(item); row++)
                Row(X + (row * Width), Weight, Bias, Width, Epsilon, Y + (row * Width));
        }
    }
}
