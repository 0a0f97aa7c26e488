using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>What there is to say about a file that was taken as a picture all the same.</summary>
public enum ImageRemark
{
    None,

    /// <summary>The checksum of some of its pixels is wrong, that of all of them together is right.</summary>
    WrongChecksum,
}

/// <summary>An upright picture of 8-bit red, green and blue samples.</summary>
public sealed class RgbImage
{
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <param name="pixels">[height, width, 3] row-major; taken over, not copied.</param>
    /// <exception cref="ArgumentException">The array's length is not width * height * 3.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * 3)
            throw new ArgumentException(
                $"Expected {width} x {height} x 3 bytes, found {pixels.LongLength}.", nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>[Height, Width, 3], row-major.</summary>
    public byte[] Pixels { get; }

    /// <summary>What the samples mean to people's eyes; null for sRGB. The model reads them as they are.</summary>
    public ColorProfile? Profile { get; init; }

    /// <summary>About the file it was decoded from.</summary>
    public ImageRemark Remark { get; init; }

    /// <summary>The same with pixels of its own, to be painted on.</summary>
    public RgbImage Copy() => new(Width, Height, (byte[])Pixels.Clone()) { Profile = Profile };

    /// <summary>A copy of a part.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the picture.</exception>
    public RgbImage Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - top);
        var part = new RgbImage(width, height, new byte[(long)width * height * 3]) { Profile = Profile };
        for (var y = 0; y < height; y++)
            Pixels.AsSpan((((top + y) * Width) + left) * 3, width * 3).CopyTo(part.Pixels.AsSpan(y * width * 3));
        return part;
    }
}
