namespace Molmo.Demo.Inference.Imaging;

/// <summary>File types that are decoded.</summary>
public enum ImageFormat
{
    Png,
    Jpeg,
}

/// <summary>What is known of a picture before its pixels are decoded.</summary>
/// <param name="Format">By content.</param>
/// <param name="Width">Stored width in pixels, before orientation.</param>
/// <param name="Height">Stored height in pixels, before orientation.</param>
public sealed record ImageHeader(ImageFormat Format, int Width, int Height);

/// <summary>What a decoder may spend on one file.</summary>
/// <param name="MaxPixels">Width times height.</param>
/// <param name="MaxSide">Longest side in pixels.</param>
/// <param name="MaxScans">Scans of a progressive JPEG.</param>
public sealed record DecoderLimits(long MaxPixels = 50_000_000, int MaxSide = 16_384, int MaxScans = 100)
{
    public static DecoderLimits Default { get; } = new();
}
