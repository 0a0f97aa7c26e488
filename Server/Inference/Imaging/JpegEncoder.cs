using SixLabors.ImageSharp.Formats.Jpeg;
using SharpEncoder = SixLabors.ImageSharp.Formats.Jpeg.JpegEncoder;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>Writes baseline JPEG files with a JFIF header and no other metadata.</summary>
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
        using var pixels = SharpPictures.From(image);
        new SharpEncoder { Quality = quality, ColorType = chroma }.Encode(pixels, destination);
    }
}
