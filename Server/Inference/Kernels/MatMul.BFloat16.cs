using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// Weights of 16 bits. Products of several rows unpack a chunk of a panel to float32 once and use it for all of them;
/// one row unpacks in registers, since memory is its limit. Both multiply and add the same numbers in the same order,
/// so that they agree to the last bit.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Panels that <see cref="BFloat16Row"/> takes side by side.</summary>
    public const int BFloat16RowPanels = 2;

    private const int HalfPanel = PackedMatrix.PanelWidth / 2;

    /// <summary>Bytes: two pages.</summary>
    private const int NarrowPrefetchDistance = 8192;

    /// <summary>A panel's bfloat16 weights as float32.</summary>
    /// <param name="rows">The panel's bytes from an input on.</param>
    /// <param name="depth">Inputs.</param>
    /// <param name="b">[depth, PanelWidth].</param>
    public static void Unpack(byte* rows, int depth, float* b)
    {
        if (Vector512.IsHardwareAccelerated) UnpackOf<Lanes512>(rows, depth, b);
        else if (Vector256.IsHardwareAccelerated) UnpackOf<Lanes256>(rows, depth, b);
        else if (Vector128.IsHardwareAccelerated) UnpackOf<Lanes128>(rows, depth, b);
        else ReferenceUnpack(rows, depth, b);
    }

    /// <summary>The plain form of <see cref="Unpack"/>.</summary>
    public static void ReferenceUnpack(byte* rows, int depth, float* b)
    {
        for (var i = 0; i < depth * PackedMatrix.PanelWidth; i++)
            b[i] = PackedFormat.Read(
                WeightPrecision.BFloat16, rows, i % PackedMatrix.PanelWidth, i / PackedMatrix.PanelWidth);
    }

    /// <summary>One row against <see cref="BFloat16RowPanels"/> neighbouring panels, as <see cref="Row"/>.</summary>
    /// <param name="x">[inputs].</param>
    /// <param name="panels">The first panel.</param>
    /// <param name="inputs">Length of x.</param>
    /// <param name="bias">[BFloat16RowPanels * PanelWidth], or null for zero.</param>
    /// <param name="y">[BFloat16RowPanels * PanelWidth].</param>
    public static void BFloat16Row(float* x, byte* panels, int inputs, float* bias, float* y)
    {
        if (Vector512.IsHardwareAccelerated) BFloat16RowOf<Lanes512>(x, panels, inputs, bias, y);
        else if (Vector256.IsHardwareAccelerated) BFloat16RowOf<Lanes256>(x, panels, inputs, bias, y);
        else if (Vector128.IsHardwareAccelerated) BFloat16RowOf<Lanes128>(x, panels, inputs, bias, y);
        else ReferenceBFloat16Row(x, panels, inputs, bias, y);
    }

    /// <summary>The plain form of <see cref="BFloat16Row"/>.</summary>
    public static void ReferenceBFloat16Row(float* x, byte* panels, int inputs, float* bias, float* y)
    {
        const WeightPrecision precision = WeightPrecision.BFloat16;
        for (var column = 0; column < BFloat16RowPanels * PackedMatrix.PanelWidth; column++)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void UnpackOf<T>(byte* rows, int depth, float* b)
        where T : struct, ILanes<T>
    {
        for (var i = 0; i < depth * PackedMatrix.PanelWidth; i += T.Count)
            T.Store(T.LoadBFloat16((ushort*)rows + i), b + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void BFloat16RowOf<T>(float* x, byte* panels, int inputs, float* bias, float* y)
        where T : struct, ILanes<T>
    {
        for (var column = 0; column < HalfPanel; column += T.Count)
            BFloat16Strip<T>(x, panels, inputs, bias is null ? null : bias + column, y + column, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BFloat16Strip<T>(float* x, byte* panels, int inputs, float* bias, float* y, int column)
        where T : struct, ILanes<T>
    {
        const int width = PackedMatrix.PanelWidth;
        ushort* p0 = (ushort*)panels + column, p1 = p0 + ((nint)inputs * width);
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
            for (var k = chunk; k < chunkEnd; k++, p0 += width, p1 += width)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0((byte*)p0 + NarrowPrefetchDistance);
                    Sse.Prefetch0((byte*)p1 + NarrowPrefetchDistance);
                }

                Add(x[k], T.LoadBFloat16(p0), T.LoadBFloat16(p0 + HalfPanel), ref s0a, ref s0b);
                Add(x[k], T.LoadBFloat16(p1), T.LoadBFloat16(p1 + HalfPanel), ref s1a, ref s1b);
            }

            (t0a, t0b, t1a, t1b) = (t0a + s0a, t0b + s0b, t1a + s1a, t1b + s1b);
        }

        T.Store(t0a, y);
        T.Store(t0b, y + HalfPanel);
        T.Store(t1a, y + width);
        T.Store(t1b, y + width + HalfPanel);
    }
}
