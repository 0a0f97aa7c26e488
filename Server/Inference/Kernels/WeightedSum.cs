using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Rows gathered and added, each times a weight of its own.</summary>
/// <remarks>
/// y: [rows, width]; y[r] = sum over k of weights[r, k] * x[sources[r, k]], from the first to the last.
/// </remarks>
internal static unsafe class WeightedSum
{
    /// <param name="x">[any rows, width].</param>
    /// <param name="sources">[rows, count]: rows of x.</param>
    /// <param name="weights">[rows, count].</param>
    /// <param name="count">Rows of x that make one of y.</param>
    /// <param name="y">[rows, width]; not within x.</param>
    /// <param name="rows">Rows of y.</param>
    /// <param name="width">Floats a row.</param>
    /// <param name="team">Threads that share the rows.</param>
    public static void Forward(
        float* x, int* sources, float* weights, int count, float* y, int rows, int width, ThreadTeam team)
        => team.RunRows(rows, width * count, new Job(x, sources, weights, count, y, width));

    /// <summary>One row of y.</summary>
    public static void Row(float* x, int* sources, float* weights, int count, float* y, int width)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, sources, weights, count, y, width);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, sources, weights, count, y, width);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, sources, weights, count, y, width);
        else Reference(x, sources, weights, count, y, 0, width, width);
    }

    /// <summary>The plain form, for the elements from <paramref name="begin"/> on.</summary>
    public static void Reference(
        float* x, int* sources, float* weights, int count, float* y, int begin, int end, int width)
    {
        for (var i = begin; i < end; i++)
        {
            var sum = 0f;
            for (var k = 0; k < count; k++) sum += weights[k] * x[((nint)sources[k] * width) + i];
            y[i] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, int* sources, float* weights, int count, float* y, int width)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        for (var i = 0; i < whole; i += T.Count)
        {
            var sum = T.Broadcast(0);
            for (var k = 0; k < count; k++)
                sum = T.MultiplyAdd(T.Broadcast(weights[k]), T.Load(x + ((nint)sources[k] * width) + i), sum);
            T.Store(sum, y + i);
        }

        Reference(x, sources, weights, count, y, whole, width, width);
    }

    private readonly struct Job(float* x, int* sources, float* weights, int count, float* y, int width) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
                Row(x, sources + (row * count), weights + (row * count), count, y + (row * width), width);
        }
    }
}
