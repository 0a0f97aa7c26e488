using SixLabors.ImageSharp.Processing;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>
/// Scales 8-bit pictures for previews with a triangle filter that widens with the reduction, so that fine patterns do
/// not alias. The model's own input is scaled elsewhere, in floating point.
/// </summary>
public static class ImageScaler
{
    /// <param name="image">The picture; given back as it is when it has the wanted size.</param>
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1.</exception>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height) return image;
        using var whole = SharpImages.From(image);
        using var scaled = whole.Clone(work => work.Resize(width, height, KnownResamplers.Triangle));
        var pixels = GC.AllocateUninitializedArray<byte>(checked(width * height * 3));
        scaled.CopyPixelDataTo(pixels);
        return new RgbImage(width, height, pixels) { Profile = image.Profile };
    }
}
