using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Softmax over one row, in place; the largest value is subtracted first.</summary>
internal static unsafe class Softmax
{
    public static void Row(float* x, int length)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, length);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, length);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, length);
        else Reference(new(x, length));
    }

    /// <summary>The plain form.</summary>
    public static void Reference(Span<float> x)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in x) largest = MathF.Max(largest, value);
        var sum = 0f;
        foreach (ref var value in x)
        {
            value = MathF.Exp(value - largest);
            sum += value;
        }

        foreach (ref var value in x) value /= sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, int length)
        where T : struct, ILanes<T>
    {
        var whole = length - (length % T.Count);
        var largests = T.Broadcast(float.NegativeInfinity);
        for (var i = 0; i < whole; i += T.Count) largests = T.Max(largests, T.Load(x + i));
        var largest = T.Largest(largests);
        for (var i = whole; i < length; i++) largest = MathF.Max(largest, x[i]);

        largests = T.Broadcast(largest);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Exp(T.Load(x + i) - largests);
            sums += value;
            T.Store(value, x + i);
        }

        var sum = T.Sum(sums);
        for (var i = whole; i < length; i++)
        {
            x[i] = MathF.Exp(x[i] - largest);
            sum += x[i];
        }

        sums = T.Broadcast(sum);
        for (var i = 0; i < whole; i += T.Count) T.Store(T.Load(x + i) / sums, x + i);
        for (var i = whole; i < length; i++) x[i] /= sum;
    }
}
