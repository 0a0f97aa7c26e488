using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// Brings rows of a subsampled component to full size. For halved components each new sample is 3/4 the nearer and 1/4
/// the farther old one (a triangle filter), with roundings that alternate as in the reference; other ratios repeat
/// samples.
/// </summary>
internal sealed class ChromaUpsampler
{
    // Bytes past the row that vector stores may touch.
    private const int Spare = 64;

    private readonly JpegFrame _frame;
    private readonly JpegComponent _component;
    private readonly bool _triangleWide;
    private readonly bool _triangleHigh;

    private ChromaUpsampler(JpegFrame frame, JpegComponent component)
    {
        (_frame, _component) = (frame, component);
        var (halfWide, fullWide) =
            (component.Horizontal * 2 == frame.MaxHorizontal, component.Horizontal == frame.MaxHorizontal);
        var (halfHigh, fullHigh) =
            (component.Vertical * 2 == frame.MaxVertical, component.Vertical == frame.MaxVertical);

        // Of one or two columns the filter would know the edges only.
        _triangleWide = halfWide && (halfHigh || fullHigh) && component.Width > 2;
        _triangleHigh = halfHigh && (fullWide || _triangleWide);
    }

    /// <summary>Bytes that <see cref="Upsample"/> wants as its target; it may write all of them.</summary>
    public int OutputLength => Math.Max(_frame.Width, _component.Width * 2) + Spare;

    /// <summary>Null for a component of full size.</summary>
    public static ChromaUpsampler? Create(JpegFrame frame, JpegComponent component)
        => component.Horizontal == frame.MaxHorizontal && component.Vertical == frame.MaxVertical
            ? null
            : new(frame, component);

    /// <param name="plane">Holds the rows around <paramref name="y"/>.</param>
    /// <param name="y">Row of the full picture.</param>
    /// <param name="row">[<see cref="OutputLength"/>].</param>
    public void Upsample(JpegPlane plane, int y, Span<byte> row)
    {
        var sourceRow = y * _component.Vertical / _frame.MaxVertical;
        var near = plane.Row(sourceRow);
        var isLower = (y & 1) != 0;
        var far = plane.Row(isLower ? sourceRow + 1 : sourceRow - 1);
        if (_triangleWide && _triangleHigh) WideAndHigh(near, far, row);
        else if (_triangleWide) Wide(near, row);
        else if (_triangleHigh) High(near, far, isLower, row);
        else Repeat(near, row[.._frame.Width]);
    }

    /// <summary>Doubles the width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Wide(ReadOnlySpan<byte> near, Span<byte> row)
    {
        var last = near.Length - 1;
        row[0] = near[0];
        row[1] = (byte)(near[0] * 3 + near[1] + 2 >> 2);
        for (var x = WideVector(near, row); x < last; x++)
        {
            row[2 * x] = (byte)(near[x] * 3 + near[x - 1] + 1 >> 2);
            row[2 * x + 1] = (byte)(near[x] * 3 + near[x + 1] + 2 >> 2);
        }
        row[2 * last] = (byte)(near[last] * 3 + near[last - 1] + 1 >> 2);
        row[2 * last + 1] = near[last];
    }

    /// <summary>Doubles the height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void High(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, bool isLower, Span<byte> row)
    {
        var bias = isLower ? 2 : 1;
        for (var x = HighVector(near, far, bias, row); x < near.Length; x++)
            row[x] = (byte)(near[x] * 3 + far[x] + bias >> 2);
    }

    /// <summary>Doubles both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void WideAndHigh(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<byte> row)
    {
        far = far[..near.Length];
        var last = near.Length - 1;
        row[0] = (byte)((near[0] * 3 + far[0]) * 4 + 8 >> 4);
        row[1] = (byte)((near[0] * 3 + far[0]) * 3 + near[1] * 3 + far[1] + 7 >> 4);
        for (var x = WideAndHighVector(near, far, row); x < last; x++)
        {
            var column = (near[x] * 3 + far[x]) * 3;
            row[2 * x] = (byte)(column + near[x - 1] * 3 + far[x - 1] + 8 >> 4);
            row[2 * x + 1] = (byte)(column + near[x + 1] * 3 + far[x + 1] + 7 >> 4);
        }
        row[2 * last] = (byte)((near[last] * 3 + far[last]) * 3 + near[last - 1] * 3 + far[last - 1] + 8 >> 4);
        row[2 * last + 1] = (byte)((near[last] * 3 + far[last]) * 4 + 7 >> 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Repeat(ReadOnlySpan<byte> near, Span<byte> row)
    {
        var (source, phase) = (0, 0);
        for (var x = 0; x < row.Length; x++)
        {
            row[x] = near[source];
            phase += _component.Horizontal;
            if (phase < _frame.MaxHorizontal) continue;
            phase -= _frame.MaxHorizontal;
            source++;
        }
    }

    private const int Step = 8;

    private static bool IsVectorSupported => Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian;

    // Each returns the first column that is left for the plain loop, at least 1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WideVector(ReadOnlySpan<byte> near, Span<byte> row)
    {
        var x = 1;
        if (!IsVectorSupported) return x;
        for (; x < near.Length - Step; x += Step)
        {
            var middle = Load(near, x) * 3;
            var even = middle + Load(near, x - 1) + Vector128.Create((ushort)1) >> 2;
            var odd = middle + Load(near, x + 1) + Vector128.Create((ushort)2) >> 2;
            (even | odd << 8).AsByte().CopyTo(row[(2 * x)..]);
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int HighVector(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int bias, Span<byte> row)
    {
        var x = 0;
        if (!IsVectorSupported) return x;
        for (; x <= near.Length - Step; x += Step)
        {
            var sum = Column(near, far, x) + Vector128.Create((ushort)bias) >> 2;
            MemoryMarshal.Write(row[x..], Vector128.Narrow(sum, sum).AsUInt64().ToScalar());
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WideAndHighVector(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<byte> row)
    {
        var x = 1;
        if (!IsVectorSupported) return x;
        for (; x < near.Length - Step; x += Step)
        {
            var middle = Column(near, far, x) * 3;
            var even = middle + Column(near, far, x - 1) + Vector128.Create((ushort)8) >> 4;
            var odd = middle + Column(near, far, x + 1) + Vector128.Create((ushort)7) >> 4;
            (even | odd << 8).AsByte().CopyTo(row[(2 * x)..]);
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Column(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int x)
        => Load(near, x) * 3 + Load(far, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Load(ReadOnlySpan<byte> samples, int x)
        => Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(samples[x..])).AsByte());
}
