using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using SharpJpegEncoder = SixLabors.ImageSharp.Formats.Jpeg.JpegEncoder;
using SharpPngEncoder = SixLabors.ImageSharp.Formats.Png.PngEncoder;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>Writes baseline JPEG files with a JFIF header, the colour profile, and no other metadata.</summary>
public static class JpegEncoder
{
    // Dots and digits on a picture keep their colour to the edge only where it has every pixel.
    private const int FullChromaFrom = 90;

    /// <summary>Writes YCbCr, 4:4:4 at quality 90 and above, else 4:2:0.</summary>
    /// <param name="image">The picture, at most 65535 a side.</param>
    /// <param name="quality">1 to 100, on the scale of libjpeg.</param>
    /// <param name="destination">Written to its end; stays open.</param>
    /// <exception cref="ArgumentException">The picture or the quality is out of range.</exception>
    public static void Encode(RgbImage image, int quality, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (Math.Max(image.Width, image.Height) > ushort.MaxValue)
            throw new ArgumentException($"{image.Width} x {image.Height} do not fit into a JPEG.", nameof(image));
        var chroma = quality >= FullChromaFrom ? JpegColorType.YCbCrRatio444 : JpegColorType.YCbCrRatio420;
        using var pixels = SharpImages.From(image);
        var encoder = new SharpJpegEncoder { Quality = quality, ColorType = chroma };
        ProfileSplicer.Write(
            destination, stream => encoder.Encode(pixels, stream), image.Profile, ProfileSplicer.WriteSegments,
            ProfileSplicer.BehindJfif);
    }
}

/// <summary>Writes PNG files with the colour profile and no other metadata.</summary>
public static class PngEncoder
{
    /// <summary>Writes 8-bit RGB, each row with the filter that promises the smallest size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="destination">Written to its end; stays open.</param>
    public static void Encode(RgbImage image, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(destination);
        using var pixels = SharpImages.From(image);
        var encoder = new SharpPngEncoder
        {
            BitDepth = PngBitDepth.Bit8,
            ColorType = PngColorType.Rgb,
            FilterMethod = PngFilterMethod.Adaptive,
            // The default level takes more than twice as long for files that are 3 to 15 % smaller.
            CompressionLevel = PngCompressionLevel.Level3,
            ChunkFilter = PngChunkFilter.ExcludeAll,
            IgnoreMetadata = true,
        };
        ProfileSplicer.Write(
            destination, stream => encoder.Encode(pixels, stream), image.Profile, ProfileSplicer.WriteChunk,
            ProfileSplicer.BehindIhdr);
    }
}

/// <summary>The bridge to ImageSharp, for pictures that this program made or decoded itself.</summary>
internal static class SharpImages
{
    // Knows no format, so that it cannot decode; one thread, because questions need the other cores; no memory kept for
    // later.
    private static readonly Configuration Configuration = new()
    {
        MaxDegreeOfParallelism = 1,
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 0 }),
    };

    /// <summary>The pixels, which bring no metadata along. Not copied: that takes longer than to scale them.</summary>
    public static Image<Rgb24> From(RgbImage image)
        => Image.WrapMemory<Rgb24>(Configuration, image.Pixels.AsMemory(), image.Width, image.Height);
}
