using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>x * sigmoid(1.702 x), in place: the activation that CLIP was trained with, not the exact GELU.</summary>
internal static unsafe class QuickGelu
{
    private const float Slope = 1.702f;

    public static void Forward(Tensor x, ThreadTeam team)
        => team.RunRows(x.Rows, x.Columns, new Job(x.Data, x.Columns));

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
        foreach (ref var value in x) value /= 1 + MathF.Exp(-Slope * value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, int length)
        where T : struct, ILanes<T>
    {
        var whole = length - (length % T.Count);
        var one = T.Broadcast(1);
        var slope = T.Broadcast(-Slope);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Load(x + i);
            T.Store(value / (one + T.Exp(slope * value)), x + i);
        }

        Reference(new(x + whole, length - whole));
    }

    private readonly struct Job(float* x, int width) : IRowJob
    {
        public void Execute(nint begin, nint end) => Row(x + (begin * width), (int)(end - begin) * width);
    }
}
