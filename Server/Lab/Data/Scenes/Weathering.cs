using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>What happens to pictures on their way: JPEG's artefacts, noise, other light.</summary>
internal static class Weathering
{
    /// <param name="picture">Taken over.</param>
    /// <param name="random">Whether, which and how strong.</param>
    public static RgbImage Apply(RgbImage picture, Random random)
    {
        if (random.Next(3) == 0) Light(picture.Pixels, random);
        if (random.Next(5) == 0) Noise(picture.Pixels, random);
        return random.Next(3) == 0 ? Compress(picture, random.Next(55, 96)) : picture;
    }

    private static void Light(byte[] pixels, Random random)
    {
        var (gain, shift) = (random.NextBetween(0.8, 1.2), random.NextBetween(-20, 20));
        var table = new byte[256];
        for (var i = 0; i < 256; i++) table[i] = (byte)Math.Clamp(((i - 128) * gain) + 128 + shift, 0, 255);
        for (var i = 0; i < pixels.Length; i++) pixels[i] = table[pixels[i]];
    }

    private static void Noise(byte[] pixels, Random random)
    {
        var strength = random.Next(2, 14);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-strength, strength + 1), 0, 255);
    }

    private static RgbImage Compress(RgbImage picture, int quality)
    {
        using var bitmap = Pixels.Write(picture);
        using var file = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        using var back = SKBitmap.Decode(file);
        return Pixels.Read(back);
    }
}
