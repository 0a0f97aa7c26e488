using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Rotary positions by halves, in place: value k of a head turns with value k + headSize / 2.</summary>
internal static unsafe class Rope
{
    /// <param name="x">[rows, heads * headSize] at a stride of its own.</param>
    /// <param name="xStride">Floats from one row to the next.</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="heads">Heads that lie side by side in a row; queries and keys turn alike.</param>
    /// <param name="positions">[rows].</param>
    /// <param name="table">Angles.</param>
    /// <param name="team">Threads that share the rows.</param>
    public static void Forward(
        float* x, nint xStride, int rows, int heads, int* positions, RopeTable table, ThreadTeam team)
    {
        var job = new Job(x, xStride, heads, positions, table.Half, table.Cosines, table.Sines);
        team.RunRows(rows, heads * 2 * table.Half, job);
    }

    /// <summary>One head.</summary>
    public static void Head(float* x, float* cosines, float* sines, int half)
    {
        if (Vector512.IsHardwareAccelerated) HeadOf<Lanes512>(x, cosines, sines, half);
        else if (Vector256.IsHardwareAccelerated) HeadOf<Lanes256>(x, cosines, sines, half);
        else if (Vector128.IsHardwareAccelerated) HeadOf<Lanes128>(x, cosines, sines, half);
        else Reference(new(x, 2 * half), new(cosines, half), new(sines, half));
    }

    /// <summary>The plain form, for one head.</summary>
    public static void Reference(Span<float> x, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        var half = cosines.Length;
        for (var k = 0; k < half; k++) Turn(ref x[k], ref x[k + half], cosines[k], sines[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void HeadOf<T>(float* x, float* cosines, float* sines, int half)
        where T : struct, ILanes<T>
    {
        var whole = half - (half % T.Count);
        for (var k = 0; k < whole; k += T.Count)
        {
            var cosine = T.Load(cosines + k);
            var sine = T.Load(sines + k);
            var first = T.Load(x + k);
            var second = T.Load(x + half + k);
            T.Store((first * cosine) - (second * sine), x + k);
            T.Store((second * cosine) + (first * sine), x + half + k);
        }

        for (var k = whole; k < half; k++) Turn(ref x[k], ref x[k + half], cosines[k], sines[k]);
    }

    private static void Turn(ref float first, ref float second, float cosine, float sine)
        => (first, second) = ((first * cosine) - (second * sine), (second * cosine) + (first * sine));

    private readonly struct Job(
        float* x, nint xStride, int heads, int* positions, int half, float* cosines, float* sines) : IRowJob
    {
        public void Execute(nint begin, nint end)
        {
            for (var row = begin; row < end; row++)
            {
                var angles = (nint)positions[row] * half;
                for (var head = 0; head < heads; head++)
                    Head(x + (row * xStride) + (head * 2 * half), cosines + angles, sines + angles, half);
            }
        }
    }
}

/// <summary>Cosines and sines of rotary positions.</summary>
/// <remarks>
/// Angles are position * theta^(-2k / headSize), with every step rounded to float32 as the reference does: at position
/// 4,000 an exact angle already differs from the one that the checkpoints were trained with.
/// </remarks>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly Tensor _cosines;
    private readonly Tensor _sines;

    public RopeTable(int positions, int headSize, float theta)
    {
        Half = headSize / 2;
        _cosines = new Tensor(positions, Half);
        _sines = new Tensor(positions, Half);
        for (var k = 0; k < Half; k++)
        {
            var frequency = 1 / (float)Math.Pow(theta, (float)(2 * k) / headSize);
            for (var position = 0; position < positions; position++)
            {
                var (sine, cosine) = Math.SinCos(position * frequency);
                _cosines.Row(position)[k] = (float)cosine;
                _sines.Row(position)[k] = (float)sine;
            }
        }
    }

    /// <summary>Angles a position: half the head size.</summary>
    public int Half { get; }

    /// <summary>[Positions, Half].</summary>
    public float* Cosines => _cosines.Data;

    /// <summary>[Positions, Half].</summary>
    public float* Sines => _sines.Data;

    public void Dispose() => Tensor.Dispose(_cosines, _sines);
}
