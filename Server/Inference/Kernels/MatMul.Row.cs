namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// One row of x, as in decoding: the weights pass through once, from memory. Four panels go side by side, so that
/// enough sums are under way to hide the latency of a multiply-add, and x needs no packing.
/// </remarks>
internal static unsafe partial class MatMul
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* panels, nint panelLength, int inputs, float* bias, float* y)
        where T : struct, ILanes<T>
    {
        for (var column = 0; column < PackedMatrix.PanelWidth; column += 2 * T.Count)
            RowStrip<T>(x, panels + column, panelLength, inputs, bias is null ? null : bias + column, y + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowStrip<T>(float* x, float* panels, nint panelLength, int inputs, float* bias, float* y)
        where T : struct, ILanes<T>
    {
        const int width = PackedMatrix.PanelWidth;
        float* p0 = panels, p1 = p0 + panelLength, p2 = p1 + panelLength, p3 = p2 + panelLength;
        var zero = T.Broadcast(0);
        T t0a = zero, t0b = zero, t1a = zero, t1b = zero, t2a = zero, t2b = zero, t3a = zero, t3b = zero;
        if (bias is not null)
        {
            (t0a, t0b) = (T.Load(bias), T.Load(bias + T.Count));
            (t1a, t1b) = (T.Load(bias + width), T.Load(bias + width + T.Count));
            (t2a, t2b) = (T.Load(bias + (2 * width)), T.Load(bias + (2 * width) + T.Count));
            (t3a, t3b) = (T.Load(bias + (3 * width)), T.Load(bias + (3 * width) + T.Count));
        }

        for (var begin = 0; begin < inputs; begin += Chunk)
        {
            var end = Math.Min(begin + Chunk, inputs);
            T s0a = zero, s0b = zero, s1a = zero, s1b = zero, s2a = zero, s2b = zero, s3a = zero, s3b = zero;
            for (var k = begin; k < end; k++, p0 += width, p1 += width, p2 += width, p3 += width)
            {
                Add(x[k], T.Load(p0), T.Load(p0 + T.Count), ref s0a, ref s0b);
                Add(x[k], T.Load(p1), T.Load(p1 + T.Count), ref s1a, ref s1b);
                Add(x[k], T.Load(p2), T.Load(p2 + T.Count), ref s2a, ref s2b);
                Add(x[k], T.Load(p3), T.Load(p3 + T.Count), ref s3a, ref s3b);
            }

            (t0a, t0b, t1a, t1b) = (t0a + s0a, t0b + s0b, t1a + s1a, t1b + s1b);
            (t2a, t2b, t3a, t3b) = (t2a + s2a, t2b + s2b, t3a + s3a, t3b + s3b);
        }

        T.Store(t0a, y);
        T.Store(t0b, y + T.Count);
        T.Store(t1a, y + width);
        T.Store(t1b, y + width + T.Count);
        T.Store(t2a, y + (2 * width));
        T.Store(t2b, y + (2 * width) + T.Count);
        T.Store(t3a, y + (3 * width));
        T.Store(t3b, y + (3 * width) + T.Count);
    }
}
