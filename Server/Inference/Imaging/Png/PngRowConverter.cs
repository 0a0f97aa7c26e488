namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// Turns one row of samples into 8-bit red, green, blue: alpha dropped, 16-bit samples cut to their high byte.
/// </summary>
internal static class PngRowConverter
{
    /// <param name="header">Says how the samples are packed.</param>
    /// <param name="palette">[256, 3] for palette pictures.</param>
    /// <param name="samples">One unfiltered row.</param>
    /// <param name="rgb">[pixels, 3]; its length says how many pixels.</param>
    public static void Convert(PngHeader header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> samples, Span<byte> rgb)
    {
        var (type, bits, bytes) = (header.ColorType, header.BitDepth, header.BitDepth / 8);
        if (type == PngColorType.Palette) FromPalette(samples, bits, palette, rgb);
        else if (type == PngColorType.Grey && bits < 8) FromPackedGrey(samples, bits, rgb);
        else if (type == PngColorType.Grey) FromGrey(samples, bytes, rgb);
        else if (type == PngColorType.GreyAlpha) FromGrey(samples, bytes * 2, rgb);
        else if (type == PngColorType.Rgb && bytes == 1) samples[..rgb.Length].CopyTo(rgb);
        else FromColor(samples, bytes * (type == PngColorType.Rgb ? 3 : 4), bytes, rgb);
    }

    private static void FromPalette(ReadOnlySpan<byte> samples, int bits, ReadOnlySpan<byte> palette, Span<byte> rgb)
    {
        if (bits == 8)
        {
            for (var (x, to) = (0, 0); to < rgb.Length; x++, to += 3)
                palette.Slice(samples[x] * 3, 3).CopyTo(rgb[to..]);
            return;
        }
        for (var (x, to) = (0, 0); to < rgb.Length; x++, to += 3)
            palette.Slice(Packed(samples, bits, x) * 3, 3).CopyTo(rgb[to..]);
    }

    private static void FromPackedGrey(ReadOnlySpan<byte> samples, int bits, Span<byte> rgb)
    {
        var scale = 255 / ((1 << bits) - 1);
        for (var (x, to) = (0, 0); to < rgb.Length; x++, to += 3)
        {
            var grey = (byte)(Packed(samples, bits, x) * scale);
            rgb[to] = rgb[to + 1] = rgb[to + 2] = grey;
        }
    }

    // The first pixel of a byte is in its high bits.
    private static int Packed(ReadOnlySpan<byte> samples, int bits, int x)
    {
        var at = x * bits;
        return samples[at >> 3] >> 8 - bits - (at & 7) & (1 << bits) - 1;
    }

    private static void FromGrey(ReadOnlySpan<byte> samples, int step, Span<byte> rgb)
    {
        for (var (from, to) = (0, 0); to < rgb.Length; from += step, to += 3)
            rgb[to] = rgb[to + 1] = rgb[to + 2] = samples[from];
    }

    private static void FromColor(ReadOnlySpan<byte> samples, int step, int sampleBytes, Span<byte> rgb)
    {
        for (var (from, to) = (0, 0); to < rgb.Length; from += step, to += 3)
        {
            rgb[to] = samples[from];
            rgb[to + 1] = samples[from + sampleBytes];
            rgb[to + 2] = samples[from + 2 * sampleBytes];
        }
    }
}
