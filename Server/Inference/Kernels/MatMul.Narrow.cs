using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// Weights below float32. Products of several rows unpack a chunk of a panel to float32 once and use it for all of
/// them; one row unpacks in registers, since memory is its limit. Both multiply and add the same numbers in the same
/// order, so that they agree to the last bit.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Panels that <see cref="NarrowRow"/> takes side by side.</summary>
    public const int NarrowRowPanels = 2;

    private const int Block = PackedFormat.BlockInputs;
    private const int HalfPanel = PackedMatrix.PanelWidth / 2;

    /// <summary>Bytes: two pages.</summary>
    private const int NarrowPrefetchDistance = 8192;

    /// <summary>A panel's weights as float32.</summary>
    /// <param name="precision">Below float32.</param>
    /// <param name="blocks">The panel's bytes from where a block begins.</param>
    /// <param name="depth">Inputs.</param>
    /// <param name="b">[depth, PanelWidth].</param>
    public static void Unpack(WeightPrecision precision, byte* blocks, int depth, float* b)
    {
        Debug.Assert(precision != WeightPrecision.Float32, "Nothing to unpack.");
        if (precision == WeightPrecision.BFloat16) Unpack<BFloat16Weights>(blocks, depth, b);
        else if (precision == WeightPrecision.Int8) Unpack<Int8Weights>(blocks, depth, b);
        else Unpack<Int4Weights>(blocks, depth, b);
    }

    /// <summary>One row against <see cref="NarrowRowPanels"/> neighbouring panels, as <see cref="Row"/>.</summary>
    /// <param name="precision">Below float32.</param>
    /// <param name="x">[inputs].</param>
    /// <param name="panels">The first panel.</param>
    /// <param name="inputs">Length of x.</param>
    /// <param name="bias">[NarrowRowPanels * PanelWidth], or null for zero.</param>
    /// <param name="y">[NarrowRowPanels * PanelWidth].</param>
    public static void NarrowRow(WeightPrecision precision, float* x, byte* panels, int inputs, float* bias, float* y)
    {
        Debug.Assert(precision != WeightPrecision.Float32, "Not a narrow precision.");
        if (precision == WeightPrecision.BFloat16) NarrowRow<BFloat16Weights>(x, panels, inputs, bias, y);
        else if (precision == WeightPrecision.Int8) NarrowRow<Int8Weights>(x, panels, inputs, bias, y);
        else NarrowRow<Int4Weights>(x, panels, inputs, bias, y);
    }

    /// <summary>The plain form of <see cref="Unpack(WeightPrecision, byte*, int, float*)"/>.</summary>
    public static void ReferenceUnpack(WeightPrecision precision, byte* blocks, int depth, float* b)
    {
        for (var k = 0; k < depth; k++)
        {
            for (var column = 0; column < PackedMatrix.PanelWidth; column++)
                b[(k * PackedMatrix.PanelWidth) + column] = PackedFormat.Read(precision, blocks, column, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void UnpackOf<T, TWeights>(byte* blocks, int depth, float* b)
        where T : struct, ILanes<T>
        where TWeights : struct, INarrowWeights
    {
        var (rowLength, scaleLength) =
            (PackedFormat.RowLength(TWeights.Precision), PackedFormat.ScaleLength(TWeights.Precision));
        for (var begin = 0; begin < depth; begin += Block)
        {
            var rows = Math.Min(Block, depth - begin);
            for (var column = 0; column < HalfPanel; column += T.Count)
            {
                T near = T.Broadcast(1), far = near;
                if (scaleLength != 0) LoadScales(blocks, column, out near, out far);
                var row = blocks + scaleLength;
                var target = b + column;
                for (var k = 0; k < rows; k++, row += rowLength, target += PackedMatrix.PanelWidth)
                {
                    TWeights.Load<T>(row, column, out var w0, out var w1);
                    if (scaleLength != 0) (w0, w1) = (w0 * near, w1 * far);
                    T.Store(w0, target);
                    T.Store(w1, target + HalfPanel);
                }
            }

            blocks += scaleLength + (rows * rowLength);
            b += rows * PackedMatrix.PanelWidth;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void NarrowRowOf<T, TWeights>(float* x, byte* panels, int inputs, float* bias, float* y)
        where T : struct, ILanes<T>
        where TWeights : struct, INarrowWeights
    {
        for (var column = 0; column < HalfPanel; column += T.Count)
            NarrowStrip<T, TWeights>(x, panels, inputs, bias is null ? null : bias + column, y + column, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowStrip<T, TWeights>(float* x, byte* panels, int inputs, float* bias, float* y, int column)
        where T : struct, ILanes<T>
        where TWeights : struct, INarrowWeights
    {
        const int width = PackedMatrix.PanelWidth;
        var (rowLength, scaleLength) =
            (PackedFormat.RowLength(TWeights.Precision), PackedFormat.ScaleLength(TWeights.Precision));
        byte* p0 = panels, p1 = panels + PackedFormat.Offset(TWeights.Precision, inputs);
        var zero = T.Broadcast(0);
        T t0a = zero, t0b = zero, t1a = zero, t1b = zero;
        if (bias is not null)
        {
            (t0a, t0b) = (T.Load(bias), T.Load(bias + HalfPanel));
            (t1a, t1b) = (T.Load(bias + width), T.Load(bias + width + HalfPanel));
        }

        for (var chunk = 0; chunk < inputs; chunk += Chunk)
        {
            var chunkEnd = Math.Min(chunk + Chunk, inputs);
            T s0a = zero, s0b = zero, s1a = zero, s1b = zero;
            for (var begin = chunk; begin < chunkEnd; begin += Block)
            {
                T d0a = zero, d0b = zero, d1a = zero, d1b = zero;
                if (scaleLength != 0)
                {
                    LoadScales(p0, column, out d0a, out d0b);
                    LoadScales(p1, column, out d1a, out d1b);
                    p0 += scaleLength;
                    p1 += scaleLength;
                }

                var end = Math.Min(begin + Block, chunkEnd);
                for (var k = begin; k < end; k++, p0 += rowLength, p1 += rowLength)
                {
                    NarrowPrefetch(p0);
                    NarrowPrefetch(p1);
                    TWeights.Load<T>(p0, column, out var w0a, out var w0b);
                    TWeights.Load<T>(p1, column, out var w1a, out var w1b);
                    if (scaleLength != 0) (w0a, w0b, w1a, w1b) = (w0a * d0a, w0b * d0b, w1a * d1a, w1b * d1b);
                    Add(x[k], w0a, w0b, ref s0a, ref s0b);
                    Add(x[k], w1a, w1b, ref s1a, ref s1b);
                }
            }

            (t0a, t0b, t1a, t1b) = (t0a + s0a, t0b + s0b, t1a + s1a, t1b + s1b);
        }

        T.Store(t0a, y);
        T.Store(t0b, y + HalfPanel);
        T.Store(t1a, y + width);
        T.Store(t1b, y + width + HalfPanel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadScales<T>(byte* scales, int column, out T near, out T far)
        where T : struct, ILanes<T>
    {
        near = T.LoadHalf((short*)scales + column);
        far = T.LoadHalf((short*)scales + column + HalfPanel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NarrowPrefetch(byte* row)
    {
        if (Sse.IsSupported) Sse.Prefetch0(row + NarrowPrefetchDistance);
    }

    private static void Unpack<TWeights>(byte* blocks, int depth, float* b)
        where TWeights : struct, INarrowWeights
    {
        if (Vector512.IsHardwareAccelerated) UnpackOf<Lanes512, TWeights>(blocks, depth, b);
        else if (Vector256.IsHardwareAccelerated) UnpackOf<Lanes256, TWeights>(blocks, depth, b);
        else if (Vector128.IsHardwareAccelerated) UnpackOf<Lanes128, TWeights>(blocks, depth, b);
        else ReferenceUnpack(TWeights.Precision, blocks, depth, b);
    }

    private static void NarrowRow<TWeights>(float* x, byte* panels, int inputs, float* bias, float* y)
        where TWeights : struct, INarrowWeights
    {
        if (Vector512.IsHardwareAccelerated) NarrowRowOf<Lanes512, TWeights>(x, panels, inputs, bias, y);
        else if (Vector256.IsHardwareAccelerated) NarrowRowOf<Lanes256, TWeights>(x, panels, inputs, bias, y);
        else if (Vector128.IsHardwareAccelerated) NarrowRowOf<Lanes128, TWeights>(x, panels, inputs, bias, y);
        else ReferenceNarrowRow(TWeights.Precision, x, panels, inputs, bias, y);
    }

    /// <summary>
    /// The plain form of <see cref="NarrowRow(WeightPrecision, float*, byte*, int, float*, float*)"/>.
    /// </summary>
    public static void ReferenceNarrowRow(
        WeightPrecision precision, float* x, byte* panels, int inputs, float* bias, float* y)
    {
        for (var column = 0; column < NarrowRowPanels * PackedMatrix.PanelWidth; column++)
        {
            var panel = panels + (column / PackedMatrix.PanelWidth * PackedFormat.Offset(precision, inputs));
            var total = bias is null ? 0 : bias[column];
            for (var begin = 0; begin < inputs; begin += Chunk)
            {
                var sum = 0f;
                for (var k = begin; k < Math.Min(begin + Chunk, inputs); k++)
                    sum += x[k] * PackedFormat.Read(precision, panel, column % PackedMatrix.PanelWidth, k);
                total += sum;
            }

            y[column] = total;
        }
    }
}
