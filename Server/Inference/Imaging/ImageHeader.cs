namespace Molmo.Demo.Inference.Imaging;

/// <summary>File types that are decoded.</summary>
public enum ImageFormat
{
    Png,
    Jpeg,
    Webp,
    Gif,
    Bmp,
}

/// <summary>What is known of a picture before its pixels are decoded.</summary>
/// <param name="Format">By content.</param>
/// <param name="Width">Stored width in pixels, before orientation.</param>
/// <param name="Height">Stored height in pixels, before orientation.</param>
public sealed record ImageHeader(ImageFormat Format, int Width, int Height)
{
    /// <summary>
    /// Whether files of this type hold every pixel as it was drawn; WebP may, and is taken as a photo.
    /// </summary>
    public bool IsLossless => Format is ImageFormat.Png or ImageFormat.Gif or ImageFormat.Bmp;
}

/// <summary>What a decoder may spend on one file.</summary>
/// <param name="MaxPixels">Width times height; what rounds to 64 megapixels.</param>
/// <param name="MaxSide">Longest side in pixels.</param>
/// <param name="MaxScans">Scans of a JPEG.</param>
/// <param name="MaxMemory">Bytes for pixels and coefficients together; only a JPEG in several scans can reach
/// it.</param>
/// <param name="MaxSeconds">Time for a WebP, GIF or BMP, the start of its decoder's process included.</param>
public sealed record DecoderLimits(
    long MaxPixels = 64_499_999, int MaxSide = 16_384, int MaxScans = 100, long MaxMemory = 640L << 20,
    int MaxSeconds = 8)
{
    public static DecoderLimits Default { get; } = new();

    /// <summary>Refuses a picture by its header, before anything is allocated for it.</summary>
    /// <exception cref="InvalidImageException"><see cref="ImageFault.TooLarge"/>.</exception>
    public void Check(ImageHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if ((long)header.Width * header.Height > Math.Min(MaxPixels, Array.MaxLength / 3)
            || Math.Max(header.Width, header.Height) > MaxSide)
            throw new InvalidImageException(
                ImageFault.TooLarge,
                $"{header.Width} x {header.Height} pixels exceed {MaxPixels} pixels or {MaxSide} a side.", header);
    }
}

/// <summary>Tells file types apart by their first bytes.</summary>
internal static class ImageSignature
{
    /// <summary>
    /// The eight bytes that open a PNG; its line ends and top bit show what a text transfer has broken.
    /// </summary>
    public static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>The type of a file that is to be decoded.</summary>
    /// <exception cref="InvalidImageException">Another type, or a PNG signature damaged by a text transfer.</exception>
    public static ImageFormat Detect(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(Png)) return ImageFormat.Png;
        if (file.StartsWith(Jpeg)) return ImageFormat.Jpeg;
        if (file.StartsWith("GIF8"u8)) return ImageFormat.Gif;
        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8))
            return ImageFormat.Webp;
        if (file.StartsWith("BM"u8)) return ImageFormat.Bmp;
        if (file.Length >= 4 && file[1..4].SequenceEqual(Png[1..4]))
            throw new InvalidImageException(ImageFault.Damaged, "The PNG signature is damaged.");
        throw new InvalidImageException(
            ImageFault.UnsupportedType, $"{Name(file)} is none of PNG, JPEG, WebP, GIF and BMP.");
    }

    private static string Name(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) return "An empty file";
        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8)) return "An ISO media file (HEIC, AVIF)";
        return "An unknown type";
    }
}
