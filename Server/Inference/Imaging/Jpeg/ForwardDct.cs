using static Molmo.Demo.Inference.Imaging.Jpeg.DctConstants;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// From samples to quantised coefficients: the forward counterpart of <see cref="InverseDct"/>, with the same constants. Its
/// results are eight times the true ones, which the quantiser takes back.
/// </summary>
/// <remarks>samples: 8 rows of 8 bytes, reciprocals: [64] 1 / (8 * quantiser) -> coefficients: [64], row-major.</remarks>
internal static partial class ForwardDct
{
    private const int FirstShift = ConstantBits - ExtraBits;
    private const int SecondShift = ConstantBits + ExtraBits;

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
}
