using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>x += delta, the step of a residual stream.</summary>
internal static unsafe class Residual
{
    public static void Add(Tensor x, Tensor delta, ThreadTeam team)
    {
        Debug.Assert(x.Columns == delta.Columns && x.Rows == delta.Rows, "Shapes fit.");
        team.RunRows(x.Rows, x.Columns, new Job(x.Data, delta.Data, x.Columns));
    }

    /// <summary>One row.</summary>
    public static void Add(Span<float> x, ReadOnlySpan<float> delta)
    {
        Debug.Assert(x.Length == delta.Length, "Lengths fit.");
        fixed (float* target = x, source = delta) Row(target, source, x.Length);
    }

    public static void Row(float* x, float* delta, int length)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, delta, length);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, delta, length);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, delta, length);
        else Reference(new(x, length), new(delta, length));
    }

    /// <summary>The plain form.</summary>
    public static void Reference(Span<float> x, ReadOnlySpan<float> delta)
    {
        for (var i = 0; i < x.Length; i++) x[i] += delta[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* delta, int length)
        where T : struct, ILanes<T>
    {
        var whole = length - (length % T.Count);
        for (var i = 0; i < whole; i += T.Count) T.Store(T.Load(x + i) + T.Load(delta + i), x + i);
        Reference(new(x + whole, length - whole), new(delta + whole, length - whole));
    }

    private readonly struct Job(float* x, float* delta, int width) : IRowJob
    {
        public void Execute(nint begin, nint end)
            => Row(x + (begin * width), delta + (begin * width), (int)(end - begin) * width);
    }
}
