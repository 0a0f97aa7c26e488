using Molmo.Demo.Inference.Imaging.Png;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>Writes PNG files without any metadata.</summary>
public static class PngEncoder
{
    /// <summary>Writes 8-bit RGB, each row with the filter that promises the smallest size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="destination">Written to its end; stays open.</param>
    public static void Encode(RgbImage image, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(destination);
        new PngWriter(destination).Write(image);
    }
}
