using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

/// <summary>
/// The pictures of the golden cases, which are not stored but computed (<c>tests/Golden/preprocess/README.md</c>).
/// </summary>
internal static class GeneratedImage
{
    public static RgbImage Create(int width, int height, uint seed)
    {
        var pixels = new byte[width * height * 3];
        int next = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int channel = 0; channel < 3; channel++)
                    pixels[next++] = Sample(x, y, channel, width, height, seed);
        return new RgbImage(width, height, pixels);
    }

    private static byte Sample(int x, int y, int channel, int width, int height, uint seed)
    {
        uint hash =
            unchecked((uint)x * 0x9E3779B1 + (uint)y * 0x85EBCA77 + (uint)channel * 0xC2B2AE3D + seed * 0x27D4EB2F);
        hash ^= hash >> 15;
        hash = unchecked(hash * 0x2C1B3C6D);
        hash ^= hash >> 12;
        hash = unchecked(hash * 0x297A2D39);
        hash ^= hash >> 15;
        int gradient = channel switch
        {
            0 => 255 * x / Math.Max(width - 1, 1),
            1 => 255 * y / Math.Max(height - 1, 1),
            _ => 255 * (x + y) / Math.Max(width + height - 2, 1),
        };
        int checker = ((x / 16 + y / 16) & 1) * 40;
        return (byte)Math.Min(255, (2 * gradient + (int)(hash & 255) + checker) / 3);
    }
}
