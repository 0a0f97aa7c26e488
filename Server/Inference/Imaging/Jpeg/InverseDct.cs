using static Molmo.Demo.Inference.Imaging.Jpeg.DctConstants;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// From coefficients to samples: the accurate integer transform with 12 multiplications a row, in the constants, precision and
/// rounding that make the result equal to the reference's default decoder.
/// </summary>
/// <remarks>coefficients: [64] row-major, quantizers: [64] row-major -> samples: 8 rows of 8 bytes.</remarks>
internal static partial class InverseDct
{
    private const int FirstShift = ConstantBits - ExtraBits;
    private const int SecondShift = ConstantBits + ExtraBits + 3;

    /// <param name="coefficients">As the stream gives them.</param>
    /// <param name="quantizers">Their steps.</param>
    /// <param name="samples">From the block's first sample on.</param>
    /// <param name="stride">Bytes from row to row.</param>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
    {
        if (IsVectorSupported) TransformVector(coefficients, quantizers, samples, stride);
        else TransformScalar(coefficients, quantizers, samples, stride);
    }

    /// <summary>A block that has a DC coefficient only.</summary>
    public static void TransformFlat(int dc, int quantizer, Span<byte> samples, int stride)
    {
        var sample = Limit(dc * quantizer + 4 >> 3);
        for (var y = 0; y < JpegConstants.BlockSide; y++) samples.Slice(y * stride, JpegConstants.BlockSide).Fill(sample);
    }

    /// <summary>The plain reference.</summary>
    internal static void TransformScalar(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quantizers, Span<byte> samples, int stride)
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
}
