using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Sizes of pictures and looks of text.</summary>
internal static class Paper
{
    /// <summary>Least side of a picture, in pixels.</summary>
    public const int Least = 224;

    /// <summary>Greatest side of a picture, in pixels.</summary>
    public const int Most = 640;

    private static readonly double[] Ratios = [1, 4.0 / 3, 4.0 / 3, 3.0 / 2, 16.0 / 9, 2, 3.0 / 4, 2.0 / 3, 9.0 / 16];

    /// <param name="random">Of the example.</param>
    /// <param name="least">Least side.</param>
    public static SKSizeI PickSize(Random random, int least = Least)
    {
        var ratio = random.Pick(Ratios);
        var longer = random.Next(Math.Max(320, least), Most + 1);
        var shorter = Math.Max(least, (int)(longer / Math.Max(ratio, 1 / ratio)));
        return ratio >= 1 ? new SKSizeI(longer, shorter) : new SKSizeI(shorter, longer);
    }

    /// <summary>A look for all text of a picture.</summary>
    public static Lettering PickLettering(Random random, float size, SKColor ink)
        => new(random.Pick([OutlineFont.Sans, OutlineFont.Display]), size, ink)
        {
            Weight = random.Pick([0.01f, 0.015f, 0.025f, 0.045f]),
            Slant = random.NextDouble() < 0.12 ? 0.2f : 0,
            Stretch = (float)random.NextBetween(0.88, 1.08),
        };
}
