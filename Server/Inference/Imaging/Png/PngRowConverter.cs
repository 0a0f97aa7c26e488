namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// Turns one row of samples into 8-bit red, green, blue, and another of alpha; 16-bit samples are cut to their high
/// byte.
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

    /// <summary>How opaque each pixel of the row is.</summary>
    /// <param name="layout">Says how the samples are packed and what is transparent.</param>
    /// <param name="samples">One unfiltered row.</param>
    /// <param name="alpha">[pixels]; its length says how many.</param>
    public static void ReadAlpha(PngLayout layout, ReadOnlySpan<byte> samples, Span<byte> alpha)
    {
        var (type, bits, bytes) = (layout.Header.ColorType, layout.Header.BitDepth, layout.Header.BitDepth / 8);
        if (layout.PaletteAlpha is { } palette)
        {
            for (var x = 0; x < alpha.Length; x++) alpha[x] = palette[Packed(samples, bits, x)];
            return;
        }
        if (layout.TransparentColor is { } color)
        {
            for (var x = 0; x < alpha.Length; x++)
            {
                var isTransparent = true;
                for (var c = 0; c < color.Length; c++)
                    isTransparent &= Sample(samples, bits, x * color.Length + c) == color[c];
                alpha[x] = isTransparent ? byte.MinValue : byte.MaxValue;
            }
            return;
        }
        var step = bytes * (type == PngColorType.GreyAlpha ? 2 : 4);
        for (var (x, from) = (0, step - bytes); x < alpha.Length; x++, from += step) alpha[x] = samples[from];
    }

    private static int Sample(ReadOnlySpan<byte> samples, int bits, int index)
        => bits == 16 ? samples[2 * index] << 8 | samples[2 * index + 1] : Packed(samples, bits, index);
}
