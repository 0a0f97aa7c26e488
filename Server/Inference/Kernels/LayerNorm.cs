using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Layer norm over the last axis with weight and bias, as in the vision transformer.</summary>
/// <remarks>x: [rows, width], weight, bias: [width] -> y: [rows, width], which may be x. Variance of the
/// population.</remarks>
internal static unsafe class LayerNorm
{
    public static void Forward(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, ThreadTeam team)
    {
        Debug.Assert(
            x.Columns == weight.Columns && bias.Columns == x.Columns && y.Columns == x.Columns && y.Rows == x.Rows,
            "Shapes fit.");
        team.RunRows(x.Rows, x.Columns, new Job(x.Data, weight.Data, bias.Data, x.Columns, epsilon, y.Data));
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
    public static void Reference(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* weight, float* bias, int width, float epsilon, float* y)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count) sums += T.Load(x + i);
        var sum = T.Sum(sums);
        for (var i = whole; i < width; i++) sum += x[i];
        var mean = sum / width;

        var means = T.Broadcast(mean);
        sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var distance = T.Load(x + i) - means;
            sums = T.MultiplyAdd(distance, distance, sums);
        }

        var squares = T.Sum(sums);
        for (var i = whole; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
        var scale = 1 / MathF.Sqrt((squares / width) + epsilon);

        var scales = T.Broadcast(scale);
        for (var i = 0; i < whole; i += T.Count)
            T.Store(T.MultiplyAdd((T.Load(x + i) - means) * scales, T.Load(weight + i), T.Load(bias + i)), y + i);
        for (var i = whole; i < width; i++) y[i] = ((x[i] - mean) * scale * weight[i]) + bias[i];
    }

    private readonly struct Job(float* x, float* weight, float* bias, int width, float epsilon, float* y) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
                Row(x + (row * width), weight, bias, width, epsilon, y + (row * width));
        }
    }
}
