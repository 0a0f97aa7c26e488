using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>Pictures made for tests.</summary>
internal static class Rasters
{
    /// <summary>What the metadata of <see cref="WithCanary"/> holds and no stored byte may.</summary>
    public const string Canary = "CANARY-52.520008N-13.404954E";

    /// <summary>A PNG of one colour.</summary>
    public static byte[] Png(int width = 40, int height = 30, byte red = 200, byte green = 80, byte blue = 20)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (red, green, blue);
        return Png(new RgbImage(width, height, pixels));
    }

    /// <summary>A PNG that hardly compresses.</summary>
    public static byte[] NoisePng(int width, int height, int seed = 1)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return Png(new RgbImage(width, height, pixels));
    }

    public static byte[] Png(RgbImage image)
    {
        using var bytes = new MemoryStream();
        PngEncoder.Encode(image, bytes);
        return bytes.ToArray();
    }

    /// <summary>
    /// The JPEG with an EXIF segment of orientation 6 and the canary, a comment and trailing text with it too.
    /// </summary>
    public static byte[] WithCanary(byte[] jpeg)
    {
        var tiff = new List<byte>("Exif\0\0II*\0"u8.ToArray()) { 8, 0, 0, 0, 2, 0 };
        // 0x0112 orientation, SHORT, 1 value: 6. 0x010f maker, ASCII, at offset 38.
        tiff.AddRange([0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
        tiff.AddRange([0x0f, 1, 2, 0, (byte)(Canary.Length + 1), 0, 0, 0, 38, 0, 0, 0]);
        tiff.AddRange([0, 0, 0, 0]);
        tiff.AddRange(Encoding.ASCII.GetBytes(Canary + "\0"));
        return [.. jpeg[..2], .. Segment(0xe1, [.. tiff]), .. Segment(0xfe, Encoding.ASCII.GetBytes("by " + Canary)),
            .. jpeg[2..], .. Encoding.ASCII.GetBytes(Canary)];
    }

    private static byte[] Segment(byte marker, byte[] body)
        => [0xff, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];
}
