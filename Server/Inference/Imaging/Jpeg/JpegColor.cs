using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>What the components of a picture stand for.</summary>
internal enum JpegColorModel
{
    Grey,
    YCbCr,
    Rgb,
    Cmyk,
    Ycck,
}

/// <summary>Joins rows of components to rows of red, green, blue; plain reference.</summary>
/// <remarks>JFIF's formulas at 16 bits of fraction, rounded as the reference rounds them.</remarks>
internal static class JpegColor
{
    private const int FractionBits = 16;
    private const int Half = 1 << FractionBits - 1;
    private const int RedFromCr = 91881;
    private const int GreenFromCb = -22554;
    private const int GreenFromCr = -46802;
    private const int BlueFromCb = 116130;
    private const int Middle = 128;

    /// <summary>
    /// Chooses the model as the reference does: JFIF, then Adobe's segment, then the components' names.
    /// </summary>
    public static JpegColorModel ModelOf(JpegFrame frame, bool hasJfif, int? adobeTransform)
    {
        switch (frame.Components.Length)
        {
            case 1:
                return JpegColorModel.Grey;
            case 4:
                return adobeTransform is null or 0 ? JpegColorModel.Cmyk : JpegColorModel.Ycck;
            default:
                if (hasJfif) return JpegColorModel.YCbCr;
                if (adobeTransform is { } transform) return transform == 0 ? JpegColorModel.Rgb : JpegColorModel.YCbCr;
                var namedRgb = frame.Components is [{ Id: (byte)'R' }, { Id: (byte)'G' }, { Id: (byte)'B' }];
                return namedRgb ? JpegColorModel.Rgb : JpegColorModel.YCbCr;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromGrey(ReadOnlySpan<byte> grey, Span<byte> rgb)
    {
        for (var (x, to) = (0, 0); x < grey.Length; x++, to += 3) rgb[to] = rgb[to + 1] = rgb[to + 2] = grey[x];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromRgb(
        ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, Span<byte> rgb)
    {
        for (var (x, to) = (0, 0); x < red.Length; x++, to += 3)
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (red[x], green[x], blue[x]);
    }

    public static void FromYCbCr(ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        var done = FromYCbCrVector(y, cb, cr, rgb);
        FromYCbCrScalar(y[done..], cb[done..], cr[done..], rgb[(done * 3)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FromYCbCrScalar(
        ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        for (var (x, to) = (0, 0); x < y.Length; x++, to += 3)
            (rgb[to], rgb[to + 1], rgb[to + 2]) = ToRgb(y[x], cb[x] - Middle, cr[x] - Middle);
    }

    /// <summary>
    /// Four inks, stored inverted as Adobe's programs write them and the reference takes for granted. In YCCK the first
    /// three are coded like red, green and blue of the inverted inks.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromInks(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> black,
        bool coded, Span<byte> rgb)
    {
        for (var (x, to) = (0, 0); x < first.Length; x++, to += 3)
        {
            var (cyan, magenta, yellow) = coded
                ? ToRgb(first[x], second[x] - Middle, third[x] - Middle)
                : ((byte)(255 - first[x]), (byte)(255 - second[x]), (byte)(255 - third[x]));
            int light = black[x];
            rgb[to] = (byte)(light - ByteMath.Share(cyan, light));
            rgb[to + 1] = (byte)(light - ByteMath.Share(magenta, light));
            rgb[to + 2] = (byte)(light - ByteMath.Share(yellow, light));
        }
    }

    private static (byte Red, byte Green, byte Blue) ToRgb(int y, int cb, int cr) => (
        Limit(y + (RedFromCr * cr + Half >> FractionBits)),
        Limit(y + (GreenFromCb * cb + GreenFromCr * cr + Half >> FractionBits)),
        Limit(y + (BlueFromCb * cb + Half >> FractionBits)));

    private static byte Limit(int value) => (byte)Math.Clamp(value, 0, 255);

    /// <summary>Pixels of a vector step.</summary>
    private const int Step = 8;

    // Two steps leave 24 bytes each; a step writes 32, so room for them must follow.
    private const int SpareBytes = 8;

    internal static bool IsVectorSupported => Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian;

    /// <returns>Pixels that were written; the rest is for the plain loop.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FromYCbCrVector(
        ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        if (!IsVectorSupported) return 0;
        var x = 0;
        for (; x <= y.Length - Step && (x + Step) * 3 + SpareBytes <= rgb.Length; x += Step)
        {
            var brightness = Load(y, x);
            var blueness = Load(cb, x) - Vector256.Create(Middle);
            var redness = Load(cr, x) - Vector256.Create(Middle);
            var half = Vector256.Create(Half);
            var red = Limit(brightness + (redness * RedFromCr + half >> FractionBits));
            var green = Limit(brightness + (blueness * GreenFromCb + redness * GreenFromCr + half >> FractionBits));
            var blue = Limit(brightness + (blueness * BlueFromCb + half >> FractionBits));

            // A lane holds one pixel in its three low bytes; the shuffle closes the gaps between four of them.
            var pixels = (red | green << 8 | blue << 16).AsByte();
            var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
            Vector128.Shuffle(pixels.GetLower(), order).CopyTo(rgb[(x * 3)..]);
            Vector128.Shuffle(pixels.GetUpper(), order).CopyTo(rgb[(x * 3 + 12)..]);
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ReadOnlySpan<byte> samples, int x)
    {
        var words =
            Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(samples[x..])).AsByte()).AsInt16();
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Limit(Vector256<int> v)
        => Vector256.Min(Vector256.Max(v, Vector256<int>.Zero), Vector256.Create(255));
}
