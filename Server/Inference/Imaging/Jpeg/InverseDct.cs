using System.Runtime.Intrinsics.X86;
using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// From coefficients to samples: the accurate integer transform with 12 multiplications a row, in the constants,
/// precision and rounding that make the result equal to the reference's default decoder.
/// </summary>
/// <remarks>coefficients: [64] row-major, quantizers: [64] row-major -> samples: 8 rows of 8 bytes.</remarks>
internal static class InverseDct
{
    private const int ConstantBits = 13;

    /// <summary>Fraction kept between the two passes.</summary>
    private const int ExtraBits = 2;

    /// <summary>What samples are coded relative to.</summary>
    private const int MiddleGrey = 128;

    // Sums of cosines, times 2^ConstantBits.
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

    private const int FirstShift = ConstantBits - ExtraBits;
    private const int SecondShift = ConstantBits + ExtraBits + 3;

    /// <param name="coefficients">As the stream gives them.</param>
    /// <param name="quantizers">Their steps.</param>
    /// <param name="samples">From the block's first sample on.</param>
    /// <param name="stride">Bytes from row to row.</param>
    public static void Transform(
        ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
    {
        if (IsVectorSupported) TransformVector(coefficients, quantizers, samples, stride);
        else TransformScalar(coefficients, quantizers, samples, stride);
    }

    /// <summary>A block that has a DC coefficient only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformFlat(int dc, int quantizer, Span<byte> samples, int stride)
    {
        // Eight equal bytes in one store.
        var row = Limit(dc * quantizer + 4 >> 3) * 0x0101010101010101UL;
        for (var y = 0; y < JpegConstants.BlockSide; y++) MemoryMarshal.Write(samples[(y * stride)..], row);
    }

    /// <summary>The plain reference.</summary>
    internal static void TransformScalar(
        ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
    {
        Span<int> work = stackalloc int[JpegConstants.BlockSize];
        for (var i = 0; i < work.Length; i++) work[i] = coefficients[i] * quantizers[i];
        for (var x = 0; x < JpegConstants.BlockSide; x++) Transform1D(work[x..], JpegConstants.BlockSide, FirstShift);
        for (var y = 0; y < JpegConstants.BlockSide; y++)
        {
            var row = work.Slice(y * JpegConstants.BlockSide, JpegConstants.BlockSide);
            Transform1D(row, 1, SecondShift);
            var target = samples.Slice(y * stride, JpegConstants.BlockSide);
            for (var x = 0; x < row.Length; x++) target[x] = Limit(row[x]);
        }
    }

    private static byte Limit(int value) => (byte)Math.Clamp(value + MiddleGrey, 0, 255);

    private static void Transform1D(Span<int> v, int step, int shift)
    {
        // Even part.
        var z1 = (v[2 * step] + v[6 * step]) * C0541196100;
        var e2 = z1 - v[6 * step] * C1847759065;
        var e3 = z1 + v[2 * step] * C0765366865;
        var e0 = v[0] + v[4 * step] << ConstantBits;
        var e1 = v[0] - v[4 * step] << ConstantBits;
        var (s0, s3, s1, s2) = (e0 + e3, e0 - e3, e1 + e2, e1 - e2);

        // Odd part.
        var (o0, o1, o2, o3) = (v[7 * step], v[5 * step], v[3 * step], v[step]);
        var z5 = (o0 + o2 + o1 + o3) * C1175875602;
        z1 = -(o0 + o3) * C0899976223;
        var z2 = -(o1 + o2) * C2562915447;
        var z3 = z5 - (o0 + o2) * C1961570560;
        var z4 = z5 - (o1 + o3) * C0390180644;
        o0 = o0 * C0298631336 + z1 + z3;
        o1 = o1 * C2053119869 + z2 + z4;
        o2 = o2 * C3072711026 + z2 + z3;
        o3 = o3 * C1501321110 + z1 + z4;

        var half = 1 << shift - 1;
        v[0] = s0 + o3 + half >> shift;
        v[7 * step] = s0 - o3 + half >> shift;
        v[step] = s1 + o2 + half >> shift;
        v[6 * step] = s1 - o2 + half >> shift;
        v[2 * step] = s2 + o1 + half >> shift;
        v[5 * step] = s2 - o1 + half >> shift;
        v[3 * step] = s3 + o0 + half >> shift;
        v[4 * step] = s3 - o0 + half >> shift;
    }

    internal static bool IsVectorSupported => Avx2.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TransformVector(
        ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
    {
        var v0 = Dequantize(coefficients, quantizers, 0);
        var v1 = Dequantize(coefficients, quantizers, 1);
        var v2 = Dequantize(coefficients, quantizers, 2);
        var v3 = Dequantize(coefficients, quantizers, 3);
        var v4 = Dequantize(coefficients, quantizers, 4);
        var v5 = Dequantize(coefficients, quantizers, 5);
        var v6 = Dequantize(coefficients, quantizers, 6);
        var v7 = Dequantize(coefficients, quantizers, 7);
        Transform1D(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, FirstShift);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Transform1D(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, SecondShift);

        // Now vk holds column k of all eight rows: four columns make the four bytes of each lane, so no second
        // transposition.
        var left = Limit(v0) | Limit(v1) << 8 | Limit(v2) << 16 | Limit(v3) << 24;
        var right = Limit(v4) | Limit(v5) << 8 | Limit(v6) << 16 | Limit(v7) << 24;
        var low = Avx2.UnpackLow(left, right).AsUInt64();
        var high = Avx2.UnpackHigh(left, right).AsUInt64();
        Store(low, 0, samples, stride);
        Store(high, 2, samples, stride);
    }

    // Of the unpacked rows, the lower half has row and row + 1, the upper half row + 4 and row + 5.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ulong> rows, int row, Span<byte> samples, int stride)
    {
        var (lower, upper) = (rows.GetLower(), rows.GetUpper());
        MemoryMarshal.Write(samples[(row * stride)..], lower.ToScalar());
        MemoryMarshal.Write(samples[((row + 1) * stride)..], lower.GetElement(1));
        MemoryMarshal.Write(samples[((row + 4) * stride)..], upper.ToScalar());
        MemoryMarshal.Write(samples[((row + 5) * stride)..], upper.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dequantize(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, int row)
        => Avx2.ConvertToVector256Int32(Vector128.Create(coefficients.Slice(row * 8, 8))) * Vector256.Create(
            quantizers.Slice(row * 8, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Limit(Vector256<int> v)
        => Vector256.Min(Vector256.Max(v + Vector256.Create(MiddleGrey), Vector256<int>.Zero), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform1D(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7, int shift)
    {
        var z1 = (v2 + v6) * C0541196100;
        var e2 = z1 - v6 * C1847759065;
        var e3 = z1 + v2 * C0765366865;
        var half = Vector256.Create(1 << shift - 1);
        var e0 = (v0 + v4 << ConstantBits) + half;
        var e1 = (v0 - v4 << ConstantBits) + half;
        var (s0, s3, s1, s2) = (e0 + e3, e0 - e3, e1 + e2, e1 - e2);

        var z5 = (v7 + v3 + v5 + v1) * C1175875602;
        z1 = (v7 + v1) * C0899976223;
        var z2 = (v5 + v3) * C2562915447;
        var z3 = z5 - (v7 + v3) * C1961570560;
        var z4 = z5 - (v5 + v1) * C0390180644;
        var o0 = v7 * C0298631336 - z1 + z3;
        var o1 = v5 * C2053119869 - z2 + z4;
        var o2 = v3 * C3072711026 - z2 + z3;
        var o3 = v1 * C1501321110 - z1 + z4;

        v0 = s0 + o3 >> shift;
        v7 = s0 - o3 >> shift;
        v1 = s1 + o2 >> shift;
        v6 = s1 - o2 >> shift;
        v2 = s2 + o1 >> shift;
        v5 = s2 - o1 >> shift;
        v3 = s3 + o0 >> shift;
        v4 = s3 - o0 >> shift;
    }

    /// <summary>
    /// Turns eight rows into eight columns. Instruction names, because the portable vectors cannot interleave two of
    /// them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7)
    {
        // Pairs, then fours, then halves.
        var (a0, a1) = (Avx2.UnpackLow(v0, v1).AsInt64(), Avx2.UnpackHigh(v0, v1).AsInt64());
        var (a2, a3) = (Avx2.UnpackLow(v2, v3).AsInt64(), Avx2.UnpackHigh(v2, v3).AsInt64());
        var (a4, a5) = (Avx2.UnpackLow(v4, v5).AsInt64(), Avx2.UnpackHigh(v4, v5).AsInt64());
        var (a6, a7) = (Avx2.UnpackLow(v6, v7).AsInt64(), Avx2.UnpackHigh(v6, v7).AsInt64());
        var (b0, b1) = (Avx2.UnpackLow(a0, a2).AsInt32(), Avx2.UnpackHigh(a0, a2).AsInt32());
        var (b2, b3) = (Avx2.UnpackLow(a1, a3).AsInt32(), Avx2.UnpackHigh(a1, a3).AsInt32());
        var (b4, b5) = (Avx2.UnpackLow(a4, a6).AsInt32(), Avx2.UnpackHigh(a4, a6).AsInt32());
        var (b6, b7) = (Avx2.UnpackLow(a5, a7).AsInt32(), Avx2.UnpackHigh(a5, a7).AsInt32());
        v0 = Avx2.Permute2x128(b0, b4, 0x20);
        v1 = Avx2.Permute2x128(b1, b5, 0x20);
        v2 = Avx2.Permute2x128(b2, b6, 0x20);
        v3 = Avx2.Permute2x128(b3, b7, 0x20);
        v4 = Avx2.Permute2x128(b0, b4, 0x31);
        v5 = Avx2.Permute2x128(b1, b5, 0x31);
        v6 = Avx2.Permute2x128(b2, b6, 0x31);
        v7 = Avx2.Permute2x128(b3, b7, 0x31);
    }
}
