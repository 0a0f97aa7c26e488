using System.Runtime.Intrinsics;

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
    public static void Forward(float* x, nint xStride, int rows, int heads, int* positions, RopeTable table, ThreadTeam team)
    {
        var job = new Job
        {
            X = x,
            XStride = xStride,
            Heads = heads,
            Positions = positions,
            Half = table.Half,
            Cosines = table.Cosines,
            Sines = table.Sines,
            Split = new RowSplit(rows, heads * 2 * table.Half),
        };
        team.Run(ref job, job.Split.ItemCount, job.Split.Work);
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
        for (var k = 0; k < half; k++)
        {
            var (first, second) = (x[k], x[k + half]);
            x[k] = (first * cosines[k]) - (second * sines[k]);
            x[k + half] = (second * cosines[k]) + (first * sines[k]);
        }
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

        for (var k = whole; k < half; k++)
        {
            var (first, second) = (x[k], x[k + half]);
            x[k] = (first * cosines[k]) - (second * sines[k]);
            x[k + half] = (second * cosines[k]) + (first * sines[k]);
        }
    }

    private struct Job : IKernelJob
    {
        public float* X;
        public nint XStride;
        public int Heads;
        public int* Positions;
        public int Half;
        public float* Cosines;
        public float* Sines;
        public RowSplit Split;

        public readonly void Execute(int item, int worker)
        {
            for (var row = Split.Begin(item); row < Split.End(item); row++)
            {
                var angles = (nint)Positions[row] * Half;
                for (var head = 0; head < Heads; head++)
                    Head(X + (row * XStride) + (head * 2 * Half), Cosines + angles, Sines + angles, Half);
            }
        }
    }
}
