using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Molmo.Demo.Inference.Imaging.Jpeg.DctConstants;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The same, eight columns side by side, then eight rows.</summary>
internal static partial class InverseDct
{
    internal static bool IsVectorSupported => BlockTransposition.IsSupported;

    internal static void TransformVector(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
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
        BlockTransposition.Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Transform1D(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, SecondShift);

        // Now vk holds column k of all eight rows: four columns make the four bytes of each lane, so no second transposition.
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
        => Avx2.ConvertToVector256Int32(Vector128.Create(coefficients.Slice(row * 8, 8))) * Vector256.Create(quantizers.Slice(row * 8, 8));

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
}
