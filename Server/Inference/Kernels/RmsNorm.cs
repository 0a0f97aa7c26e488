using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Root-mean-square norm over the last axis, in float32 as the checkpoints were trained.</summary>
/// <remarks>x: [rows, width], weight: [width] -> y: [rows, width], which may be x. No mean is subtracted.</remarks>
internal static unsafe class RmsNorm
{
    public static void Forward(Tensor x, Tensor weight, float epsilon, Tensor y, ThreadTeam team)
    {
        Debug.Assert(x.Columns == weight.Columns && y.Columns == x.Columns && y.Rows == x.Rows, "Shapes fit.");
        Forward(x.Data, x.Columns, x.Rows, weight, epsilon, y.Data, y.Columns, team);
    }

    /// <param name="x">[rows, width] at a stride of its own, such as the queries within a fused projection.</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="weight">[1, width].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="y">[rows, width].</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="team">Threads that share the rows.</param>
    public static void Forward(
        float* x, nint xStride, int rows, Tensor weight, float epsilon, float* y, nint yStride, ThreadTeam team)
        => team.RunRows(rows, weight.Columns, new Job(x, xStride, weight.Data, weight.Columns, epsilon, y, yStride));

    /// <summary>One row.</summary>
    public static void Row(float* x, float* weight, int width, float epsilon, float* y)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, weight, width, epsilon, y);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, weight, width, epsilon, y);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, weight, width, epsilon, y);
        else Reference(new(x, width), new(weight, width), epsilon, new(y, width));
    }

    /// <summary>The plain form.</summary>
    public static void Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        for (var begin = 0; begin < x.Length; begin += weight.Length)
        {
            var squares = 0f;
            for (var i = 0; i < weight.Length; i++) squares += x[begin + i] * x[begin + i];
            var scale = 1 / MathF.Sqrt((squares / weight.Length) + epsilon);
            for (var i = 0; i < weight.Length; i++) y[begin + i] = weight[i] * (x[begin + i] * scale);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* weight, int width, float epsilon, float* y)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Load(x + i);
            sums = T.MultiplyAdd(value, value, sums);
        }

        var squares = T.Sum(sums);
        for (var i = whole; i < width; i++) squares += x[i] * x[i];
        var scale = 1 / MathF.Sqrt((squares / width) + epsilon);
        var scales = T.Broadcast(scale);
        for (var i = 0; i < whole; i += T.Count) T.Store(T.Load(weight + i) * (T.Load(x + i) * scales), y + i);
        for (var i = whole; i < width; i++) y[i] = weight[i] * (x[i] * scale);
    }

    private readonly struct Job(
        float* x, nint xStride, float* weight, int width, float epsilon, float* y, nint yStride) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
                Row(x + (row * xStride), weight, width, epsilon, y + (row * yStride));
        }
    }
}
