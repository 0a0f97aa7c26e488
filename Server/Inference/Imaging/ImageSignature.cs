namespace Molmo.Demo.Inference.Imaging;

/// <summary>Tells file types apart by their first bytes.</summary>
internal static class ImageSignature
{
    /// <summary>The eight bytes that open a PNG; its line ends and top bit show what a text transfer has broken.</summary>
    public static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>The type of a file that is to be decoded.</summary>
    /// <exception cref="InvalidImageException">Another type, or a PNG signature damaged by a text transfer.</exception>
    public static ImageFormat Detect(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(Png)) return ImageFormat.Png;
        if (file.StartsWith(Jpeg)) return ImageFormat.Jpeg;
        if (file.StartsWith("GIF8"u8)) return ImageFormat.Gif;
        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8)) return ImageFormat.Webp;
        if (file.StartsWith("BM"u8)) return ImageFormat.Bmp;
        if (file.Length >= 4 && file[1..4].SequenceEqual(Png[1..4]))
            throw new InvalidImageException(ImageFault.Damaged, "The PNG signature is damaged.");
        throw new InvalidImageException(ImageFault.UnsupportedType, $"{Name(file)} is none of PNG, JPEG, WebP, GIF and BMP.");
    }

    private static string Name(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) return "An empty file";
        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8)) return "An ISO media file (HEIC, AVIF)";
        return "An unknown type";
    }
}
