using Molmo.Demo.Inference.Imaging;
using SkiaSharp;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

/// <summary>Looks for colours in pictures.</summary>
internal static class DrawnPixels
{
    /// <summary>Whether a pixel at a place, or one beside it, is of a colour.</summary>
    /// <param name="picture">To look at.</param>
    /// <param name="x">Pixels.</param>
    /// <param name="y">Pixels.</param>
    /// <param name="color">Looked for; a fine line mixes a little with what is behind it.</param>
    public static bool Has(this RgbImage picture, double x, double y, SKColor color)
    {
        for (var row = (int)y - 1; row <= (int)y + 1; row++)
        {
            for (var column = (int)x - 1; column <= (int)x + 1; column++)
            {
                var at = ((Math.Clamp(row, 0, picture.Height - 1) * picture.Width)
                    + Math.Clamp(column, 0, picture.Width - 1)) * 3;
                var distance = Math.Abs(picture.Pixels[at] - color.Red)
                    + Math.Abs(picture.Pixels[at + 1] - color.Green) + Math.Abs(picture.Pixels[at + 2] - color.Blue);
                if (distance < 60) return true;
            }
        }
        return false;
    }

    /// <summary>The same at a place in percent, just there.</summary>
    public static SKColor At(this RgbImage picture, (double X, double Y) percent)
    {
        var (x, y) = ((int)(percent.X * picture.Width / 100), (int)(percent.Y * picture.Height / 100));
        var at = ((y * picture.Width) + x) * 3;
        return new SKColor(picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]);
    }
}
