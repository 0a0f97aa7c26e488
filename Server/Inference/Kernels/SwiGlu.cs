using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>silu(gate) * up, where a fused projection gives [up | gate].</summary>
/// <remarks>x: [rows, 2 * width] -> y: [rows, width]. The activation goes on the second half: Molmo's own
/// order.</remarks>
internal static unsafe class SwiGlu
{
    public static void Forward(Tensor x, Tensor y, ThreadTeam team) => Forward(x.Data, x.Rows, y.Columns, y.Data, team);

    /// <param name="x">[rows, 2 * width], rows without gaps.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="width">Floats of up, and of gate.</param>
    /// <param name="y">[rows, width]; not within x.</param>
    /// <param name="team">Threads that share the rows.</param>
    public static void Forward(float* x, int rows, int width, float* y, ThreadTeam team)
        => team.RunRows(rows, width, new Job(x, width, y));

    public static void Row(float* up, float* gate, int width, float* y)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(up, gate, width, y);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(up, gate, width, y);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(up, gate, width, y);
        else Reference(new(up, width), new(gate, width), new(y, width));
    }

    /// <summary>The plain form, for one row.</summary>
    public static void Reference(ReadOnlySpan<float> up, ReadOnlySpan<float> gate, Span<float> y)
    {
        for (var i = 0; i < y.Length; i++) y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* up, float* gate, int width, float* y)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        var zero = T.Broadcast(0);
        var one = T.Broadcast(1);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Load(gate + i);
            T.Store(value / (one + T.Exp(zero - value)) * T.Load(up + i), y + i);
        }

        var rest = width - whole;
        Reference(new(up + whole, rest), new(gate + whole, rest), new(y + whole, rest));
    }

    private readonly struct Job(float* x, int width, float* y) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
                Row(x + (row * 2 * width), x + (row * 2 * width) + width, width, y + (row * width));
        }
    }
}
