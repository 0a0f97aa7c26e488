using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// From samples to quantised coefficients: the forward counterpart of <see cref="InverseDct"/>, with the same constants. Its
/// results are eight times the true ones, which the quantiser takes back.
/// </summary>
/// <remarks>samples: 8 rows of 8 bytes, reciprocals: [64] 1 / (8 * quantiser) -> coefficients: [64], row-major.</remarks>
internal static class ForwardDct
{
    private const int ConstantBits = 13;
    private const int ExtraBits = 2;
    private const int FirstShift = ConstantBits - ExtraBits;
    private const int SecondShift = ConstantBits + ExtraBits;
    private const int MiddleGrey = 128;

    private const int C0298631336 = 2446;
    private const int C0390180644 = 3196;
    private const int C0541196100 = 4433;
    private const int C0765366865 = 6270;
    private const int C0899976223 = 7373;
    private const int C1175875602 = 9633;
    private const int C1501321110 = 12299;
    private const int C1847759065 = 15137;
    private const int C1961570560 = 16069;
    private const int C2053119869 = 16819;
    private const int C2562915447 = 20995;
    private const int C3072711026 = 25172;

    /// <param name="samples">From the block's first sample on.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="reciprocals">Of eight times the quantisers.</param>
    /// <param name="coefficients">Takes the result.</param>
    public static void Transform(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> reciprocals, Span<short> coefficients)
    {
        if (BlockTransposition.IsSupported) TransformVector(samples, stride, reciprocals, coefficients);
        else TransformScalar(samples, stride, reciprocals, coefficients);
    }

    /// <summary>The plain reference.</summary>
    internal static void TransformScalar(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> reciprocals, Span<short> coefficients)
    {
        Span<int> work = stackalloc int[JpegConstants.BlockSize];
        for (var y = 0; y < JpegConstants.BlockSide; y++)
            for (var x = 0; x < JpegConstants.BlockSide; x++) work[y * JpegConstants.BlockSide + x] = samples[y * stride + x] - MiddleGrey;
        for (var x = 0; x < JpegConstants.BlockSide; x++) Transform1D(work[x..], JpegConstants.BlockSide, FirstShift);
        for (var y = 0; y < JpegConstants.BlockSide; y++) Transform1D(work[(y * JpegConstants.BlockSide)..], 1, SecondShift);
        for (var i = 0; i < work.Length; i++)
        {
            var rounded = (int)(Math.Abs(work[i]) * reciprocals[i] + 0.5f);
            coefficients[i] = (short)(work[i] < 0 ? -rounded : rounded);
        }
    }

    /// <summary>The same, eight columns side by side, then eight rows.</summary>
    internal static void TransformVector(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> reciprocals, Span<short> coefficients)
    {
        var v0 = Load(samples, 0, stride);
        var v1 = Load(samples, 1, stride);
        var v2 = Load(samples, 2, stride);
        var v3 = Load(samples, 3, stride);
        var v4 = Load(samples, 4, stride);
        var v5 = Load(samples, 5, stride);
        var v6 = Load(samples, 6, stride);
        var v7 = Load(samples, 7, stride);
        Transform1D(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, FirstShift);
        BlockTransposition.Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Transform1D(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, SecondShift);
        BlockTransposition.Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Store(v0, v1, 0, reciprocals, coefficients);
        Store(v2, v3, 2, reciprocals, coefficients);
        Store(v4, v5, 4, reciprocals, coefficients);
        Store(v6, v7, 6, reciprocals, coefficients);
    }

    private static void Transform1D(Span<int> v, int step, int shift)
    {
        var (a0, a7) = (v[0] + v[7 * step], v[0] - v[7 * step]);
        var (a1, a6) = (v[step] + v[6 * step], v[step] - v[6 * step]);
        var (a2, a5) = (v[2 * step] + v[5 * step], v[2 * step] - v[5 * step]);
        var (a3, a4) = (v[3 * step] + v[4 * step], v[3 * step] - v[4 * step]);
        var half = 1 << shift - 1;

        var (e0, e3, e1, e2) = (a0 + a3, a0 - a3, a1 + a2, a1 - a2);
        v[0] = (e0 + e1 << ConstantBits) + half >> shift;
        v[4 * step] = (e0 - e1 << ConstantBits) + half >> shift;
        var z1 = (e2 + e3) * C0541196100 + half;
        v[2 * step] = z1 + e3 * C0765366865 >> shift;
        v[6 * step] = z1 - e2 * C1847759065 >> shift;

        var z5 = (a4 + a6 + a5 + a7) * C1175875602 + half;
        z1 = (a4 + a7) * C0899976223;
        var z2 = (a5 + a6) * C2562915447;
        var z3 = z5 - (a4 + a6) * C1961570560;
        var z4 = z5 - (a5 + a7) * C0390180644;
        v[7 * step] = a4 * C0298631336 - z1 + z3 >> shift;
        v[5 * step] = a5 * C2053119869 - z2 + z4 >> shift;
        v[3 * step] = a6 * C3072711026 - z2 + z3 >> shift;
        v[step] = a7 * C1501321110 - z1 + z4 >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform1D(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7, int shift)
    {
        var (a0, a7) = (v0 + v7, v0 - v7);
        var (a1, a6) = (v1 + v6, v1 - v6);
        var (a2, a5) = (v2 + v5, v2 - v5);
        var (a3, a4) = (v3 + v4, v3 - v4);
        var half = Vector256.Create(1 << shift - 1);

        var (e0, e3, e1, e2) = (a0 + a3, a0 - a3, a1 + a2, a1 - a2);
        v0 = (e0 + e1 << ConstantBits) + half >> shift;
        v4 = (e0 - e1 << ConstantBits) + half >> shift;
        var z1 = (e2 + e3) * C0541196100 + half;
        v2 = z1 + e3 * C0765366865 >> shift;
        v6 = z1 - e2 * C1847759065 >> shift;

        var z5 = (a4 + a6 + a5 + a7) * C1175875602 + half;
        z1 = (a4 + a7) * C0899976223;
        var z2 = (a5 + a6) * C2562915447;
        var z3 = z5 - (a4 + a6) * C1961570560;
        var z4 = z5 - (a5 + a7) * C0390180644;
        v7 = a4 * C0298631336 - z1 + z3 >> shift;
        v5 = a5 * C2053119869 - z2 + z4 >> shift;
        v3 = a6 * C3072711026 - z2 + z3 >> shift;
        v1 = a7 * C1501321110 - z1 + z4 >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ReadOnlySpan<byte> samples, int row, int stride)
    {
        var bytes = Vector64.Create(samples.Slice(row * stride, JpegConstants.BlockSide)).ToVector128();
        var words = Vector128.WidenLower(bytes).AsInt16();
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)) - Vector256.Create(MiddleGrey);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> first, Vector256<int> second, int row, ReadOnlySpan<float> reciprocals, Span<short> coefficients)
    {
        var at = row * JpegConstants.BlockSide;
        Vector256.Narrow(Quantize(first, reciprocals[at..]), Quantize(second, reciprocals[(at + 8)..])).CopyTo(coefficients[at..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Quantize(Vector256<int> values, ReadOnlySpan<float> reciprocals)
    {
        var sign = values >> 31;
        var scaled = Vector256.ConvertToSingle(Vector256.Abs(values)) * Vector256.Create(reciprocals) + Vector256.Create(0.5f);
        return (Vector256.ConvertToInt32(scaled) ^ sign) - sign;
    }
}
