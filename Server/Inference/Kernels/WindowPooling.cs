using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Attention of one query over the few vectors of its own window, as the connector pools patches.</summary>
/// <remarks>q: [windows, heads * headSize], k, v: [windows * size, heads * headSize] -> y: as q. Scores are scaled by 1
/// / sqrt(headSize).</remarks>
internal static unsafe class WindowPooling
{
    /// <summary>Largest window.</summary>
    public const int MaxSize = 16;

    /// <summary>Mean of each window: x [windows * size, width] -> y [windows, width].</summary>
    public static void Mean(Tensor x, int size, Tensor y)
    {
        Debug.Assert(x.Rows == y.Rows * size && x.Columns == y.Columns, "Shapes fit.");
        for (var window = 0; window < y.Rows; window++)
        {
            var mean = y.Row(window);
            x.Row(window * size).CopyTo(mean);
            for (var i = 1; i < size; i++) Residual.Add(mean, x.Row((window * size) + i));
            foreach (ref var value in mean) value /= size;
        }
    }

    public static void Forward(Tensor q, Tensor k, Tensor v, int size, int heads, Tensor y, ThreadTeam team)
    {
        Debug.Assert(size <= MaxSize && k.Rows == q.Rows * size && v.Rows == k.Rows && y.Rows == q.Rows, "Shapes fit.");
        var job = new Job(q.Data, k.Data, v.Data, y.Data, size, q.Columns, q.Columns / heads);
        team.RunRows(q.Rows, q.Columns * size, job);
    }

    /// <summary>One head of one window.</summary>
    /// <param name="q">[headSize].</param>
    /// <param name="k">[size, headSize] at a stride.</param>
    /// <param name="v">[size, headSize] at the same stride.</param>
    /// <param name="stride">Floats from one vector of the window to the next.</param>
    /// <param name="size">Vectors of the window.</param>
    /// <param name="headSize">Floats a head.</param>
    /// <param name="y">[headSize].</param>
    public static void Head(float* q, float* k, float* v, nint stride, int size, int headSize, float* y)
    {
        if (Vector512.IsHardwareAccelerated) HeadOf<Lanes512>(q, k, v, stride, size, headSize, y);
        else if (Vector256.IsHardwareAccelerated) HeadOf<Lanes256>(q, k, v, stride, size, headSize, y);
        else if (Vector128.IsHardwareAccelerated) HeadOf<Lanes128>(q, k, v, stride, size, headSize, y);
        else Reference(q, k, v, stride, size, headSize, y);
    }

    /// <summary>The plain form of <see cref="Head"/>.</summary>
    public static void Reference(float* q, float* k, float* v, nint stride, int size, int headSize, float* y)
    {
        Span<float> weights = stackalloc float[size];
        for (var i = 0; i < size; i++)
        {
            for (var d = 0; d < headSize; d++) weights[i] += q[d] * k[(i * stride) + d];
            weights[i] /= MathF.Sqrt(headSize);
        }

        Softmax.Reference(weights);
        for (var d = 0; d < headSize; d++)
        {
            var sum = 0f;
            for (var i = 0; i < size; i++) sum += weights[i] * v[(i * stride) + d];
            y[d] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void HeadOf<T>(float* q, float* k, float* v, nint stride, int size, int headSize, float* y)
        where T : struct, ILanes<T>
    {
        var whole = headSize - (headSize % T.Count);
        Span<float> weights = stackalloc float[size];
        for (var i = 0; i < size; i++)
        {
            var key = k + (i * stride);
            var sums = T.Broadcast(0);
            for (var d = 0; d < whole; d += T.Count) sums = T.MultiplyAdd(T.Load(q + d), T.Load(key + d), sums);
            var sum = T.Sum(sums);
            for (var d = whole; d < headSize; d++) sum += q[d] * key[d];
            weights[i] = sum / MathF.Sqrt(headSize);
        }

        Softmax.Reference(weights);
        for (var d = 0; d < whole; d += T.Count)
        {
            var sums = T.Broadcast(0);
            for (var i = 0; i < size; i++)
                sums = T.MultiplyAdd(T.Broadcast(weights[i]), T.Load(v + (i * stride) + d), sums);
            T.Store(sums, y + d);
        }

        for (var d = whole; d < headSize; d++)
        {
            var sum = 0f;
            for (var i = 0; i < size; i++) sum += weights[i] * v[(i * stride) + d];
            y[d] = sum;
        }
    }

    private readonly struct Job(
        float* q, float* k, float* v, float* y, int size, nint width, int headSize) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var window = begin; window < end; window++)
            {
                for (var at = window * width; at < (window + 1) * width; at += headSize)
                {
                    var start = at + (window * (size - 1) * width);
                    Head(q + at, k + start, v + start, width, size, headSize, y + at);
                }
            }
        }
    }
}
