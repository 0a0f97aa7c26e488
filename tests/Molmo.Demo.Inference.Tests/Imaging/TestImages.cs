using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Pictures made up for tests: smooth ones for lossy files, noise for lossless ones.</summary>
internal static class TestImages
{
    public static RgbImage Noise(int width, int height, int seed = 1)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Ramps with a disc of another colour.</summary>
    public static RgbImage Scene(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var inside = Math.Pow(x - width * 0.4, 2) + Math.Pow(y - height * 0.6, 2) < Math.Pow(
                    Math.Min(width, height) * 0.3, 2);
                var at = (y * width + x) * 3;
                pixels[at] = (byte)(inside ? 220 : 255 * x / width);
                pixels[at + 1] = (byte)(inside ? 60 : 255 * y / height);
                pixels[at + 2] = (byte)(inside ? 90 : 255 - 255 * x / width);
            }
        }
        return new RgbImage(width, height, pixels);
    }

    public static byte[] EncodePng(RgbImage image)
    {
        using var stream = new MemoryStream();
        PngEncoder.Encode(image, stream);
        return stream.ToArray();
    }

    public static byte[] EncodeJpeg(RgbImage image, int quality)
    {
        using var stream = new MemoryStream();
        JpegEncoder.Encode(image, quality, stream);
        return stream.ToArray();
    }

    public static RgbImage Decode(byte[] file)
        => ImageDecoder.Decode(file, DecoderLimits.Default, TestContext.Current.CancellationToken);

    public static RgbImage Decode(byte[] file, Ground ground) => ImageDecoder.Decode(
        file, ImageDecoder.ReadHeader(file), DecoderLimits.Default, ground, TestContext.Current.CancellationToken);

    public static InvalidImageException Refuse(byte[] file, DecoderLimits? limits = null)
        => Assert.Throws<InvalidImageException>(
            () => ImageDecoder.Decode(file, limits ?? DecoderLimits.Default, TestContext.Current.CancellationToken));

    /// <summary>Peak signal-to-noise ratio in decibels.</summary>
    public static double SignalToNoise(RgbImage a, RgbImage b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        var error = a.Pixels.Zip(b.Pixels, (p, q) => (p - q) * (double)(p - q)).Sum() / a.Pixels.Length;
        return error == 0 ? double.PositiveInfinity : 10 * Math.Log10(255 * 255 / error);
    }
}
