using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Molmo.Demo.Inference.Imaging.Jpeg.DctConstants;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The same, eight columns side by side, then eight rows.</summary>
internal static partial class ForwardDct
{
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
