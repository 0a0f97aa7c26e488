namespace Molmo.Demo.Inference.Imaging;

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

    /// <summary>A copy of a part.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the picture.</exception>
    public RgbImage Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - top);
        var part = new RgbImage(width, height, new byte[(long)width * height * 3]);
        for (var y = 0; y < height; y++)
            Pixels.AsSpan((((top + y) * Width) + left) * 3, width * 3).CopyTo(part.Pixels.AsSpan(y * width * 3));
        return part;
    }
}
