using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// A picture that costs what a camera's photo costs: slow light, leaves, edges and the noise of a sensor. Of 12
/// megapixels, at quality 89, it makes a JPEG of 3.6 MB.
/// </summary>
internal static class SyntheticPhoto
{
    public static RgbImage Create(int width, int height, int seed = 1)
    {
        const int grains = 1 << 14;
        var random = new Random(seed);
        var noise = new float[grains];
        foreach (ref var grain in noise.AsSpan())
            // About a normal distribution: four even ones.
            for (var i = 0; i < 4; i++) grain += 12 * (random.NextSingle() - 0.5f);
        var pixels = new byte[width * height * 3];
        for (var (y, to) = (0, 0); y < height; y++)
        {
            var at = random.Next(grains);
            for (var x = 0; x < width; x++, to += 3)
            {
                at = unchecked((at * 1103515245) + 12345) & (grains - 1);
                var leaves = 24 * MathF.Sin((x * 0.15f) + (3 * MathF.Sin(y * 0.013f)))
                    * MathF.Sin((y * 0.043f) + (2 * MathF.Sin(x * 0.009f)));
                var edge = (((x / 173) + (y / 211)) & 3) == 0 ? 35 : 0;
                var weave = ((x >> 9) + (y >> 9)) % 3 == 0 ? 10 * MathF.Sin((x * 0.7f) + (y * 0.31f)) : 0;
                var light = 120 + (60 * MathF.Sin((x * 0.0011f) + (y * 0.0007f))) + leaves + edge + weave + noise[at];
                pixels[to] = Limit(light + (20 * MathF.Sin(x * 0.003f)));
                pixels[to + 1] = Limit(light);
                pixels[to + 2] = Limit(light - (25 * MathF.Sin(y * 0.002f)) + (noise[(at + 77) % grains] / 2));
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /// <summary>The same as a file, 4:2:0.</summary>
    public static byte[] CreateJpeg(int width, int height, int seed = 1) => ToJpeg(Create(width, height, seed));

    /// <summary>A picture as a file, 4:2:0.</summary>
    public static byte[] ToJpeg(RgbImage picture)
    {
        var file = new MemoryStream();
        JpegEncoder.Encode(picture, quality: 89, file);
        return file.ToArray();
    }

    private static byte Limit(float value) => (byte)Math.Clamp(value, 0, 255);
}
