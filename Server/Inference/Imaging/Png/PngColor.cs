using System.Buffers.Binary;
using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// The colours of a PNG as its chunks cICP, iCCP, sRGB, gAMA and cHRM say, the first of them that is there, in the
/// order of the specification's third edition (4.3).
/// </summary>
internal sealed class PngColor
{
    private const double PngOne = 100_000;

    private (ToneCurve Curve, RgbPrimaries Primaries)? _coding;
    private double? _gamma;
    private RgbPrimaries? _primaries;
    private bool _isSrgb;
    private ColorProfile? _icc;
    private bool _hasRead;
    private bool _hasIcc;

    /// <summary>What the chunks that were read say; null for sRGB.</summary>
    public ColorProfile? Profile
    {
        get
        {
            if (_coding is { } coding) return Make(coding.Primaries, coding.Curve);
            if (_hasIcc) return _icc;
            if (_isSrgb || _gamma is not { } gamma) return null;
            return Make(_primaries ?? RgbPrimaries.Srgb, ToneCurve.Power(1 / gamma));
        }
    }

    /// <summary>Takes one of the chunks.</summary>
    /// <param name="type">Which.</param>
    /// <param name="data">What is in it.</param>
    /// <param name="isGrey">Whether the picture has one channel.</param>
    public void Read(uint type, ReadOnlySpan<byte> data, bool isGrey)
    {
        switch (type)
        {
            case PngConstants.Cicp:
                ReadCicp(data);
                break;
            case PngConstants.Icc:
                ReadIcc(data, isGrey);
                break;
            case PngConstants.Srgb:
                _isSrgb = true;
                break;
            case PngConstants.Gamma:
                ReadGamma(data);
                break;
            case PngConstants.Chromaticities:
                ReadChromaticities(data);
                break;
        }
    }

    // Code points of ITU-T H.273. Those of a wide range of brightness are left to the other chunks.
    private void ReadCicp(ReadOnlySpan<byte> data)
    {
        // RGB, and the full range of its values.
        if (data.Length != 4 || data[2] != 0 || data[3] != 1) return;
        var curve = data[1] switch
        {
            1 or 6 or 14 or 15 => ToneCurve.Broken(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081),
            4 => ToneCurve.Power(2.2),
            5 => ToneCurve.Power(2.8),
            8 => ToneCurve.Power(1),
            13 => ToneCurve.Broken(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
            _ => null,
        };
        var d65 = (0.3127, 0.329);
        var primaries = data[0] switch
        {
            1 => RgbPrimaries.Srgb,
            5 => RgbPrimaries.FromChromaticities(d65, (0.64, 0.33), (0.29, 0.6), (0.15, 0.06)),
            6 or 7 => RgbPrimaries.FromChromaticities(d65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
            9 => RgbPrimaries.FromChromaticities(d65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
            11 => RgbPrimaries.FromChromaticities((0.314, 0.351), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
            12 => RgbPrimaries.FromChromaticities(d65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
            _ => null,
        };
        if (curve is not null && primaries is not null) _coding ??= (curve, primaries);
    }

    // A name, a zero, the method, and the compressed profile.
    private void ReadIcc(ReadOnlySpan<byte> data, bool isGrey)
    {
        const int LongestName = 79;
        var end = data[..Math.Min(data.Length, LongestName + 1)].IndexOf((byte)0);
        if (_hasRead || end < 1 || data.Length < end + 2 || data[end + 1] != 0) return;
        // Once, so that many such chunks are not much work.
        _hasRead = true;
        if (BoundedInflater.Inflate(data[(end + 2)..], IccReader.MostBytes) is not { } icc) return;
        _hasIcc = true;
        _icc = IccReader.Read(icc, isGrey);
    }

    private void ReadGamma(ReadOnlySpan<byte> data)
    {
        if (data.Length != 4) return;
        var gamma = BinaryPrimitives.ReadUInt32BigEndian(data) / PngOne;
        // Beyond this no file means what it says.
        if (gamma is >= 0.05 and <= 20) _gamma ??= gamma;
    }

    private void ReadChromaticities(ReadOnlySpan<byte> data)
    {
        if (data.Length != 32) return;
        var values = new double[8];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt32BigEndian(data[(4 * i)..]) / PngOne;
        _primaries ??= RgbPrimaries.FromChromaticities(
            (values[0], values[1]), (values[2], values[3]), (values[4], values[5]), (values[6], values[7]));
    }

    private static ColorProfile? Make(RgbPrimaries primaries, ToneCurve curve)
        => IccReader.Make(primaries, [curve, curve, curve]);
}
