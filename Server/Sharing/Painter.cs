using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Draws shapes with soft edges into a picture.</summary>
internal static class Painter
{
    /// <summary>
    /// Distance of a place from a line between two others; from the place itself where both are the same.
    /// </summary>
    public static double ToLine(double x, double y, double x1, double y1, double x2, double y2)
    {
        var (dx, dy) = (x2 - x1, y2 - y1);
        var length = (dx * dx) + (dy * dy);
        var along = length == 0 ? 0 : Math.Clamp((((x - x1) * dx) + ((y - y1) * dy)) / length, 0, 1);
        return Math.Sqrt(Math.Pow(x - x1 - (along * dx), 2) + Math.Pow(y - y1 - (along * dy), 2));
    }

    /// <summary>
    /// Blends a shape in: a pixel is covered by as much as its centre lies within the edge, half a pixel to either
    /// side.
    /// </summary>
    /// <param name="image">Drawn into.</param>
    /// <param name="x">Middle of the shape, in pixels.</param>
    /// <param name="y">Middle of the shape, in pixels.</param>
    /// <param name="reach">How far from there it goes.</param>
    /// <param name="within">How far inside the edge a place is, by its distance from the middle; negative
    /// outside.</param>
    /// <param name="colour">As 0xRRGGBB.</param>
    /// <param name="opacity">0 to 1.</param>
    public static void Fill(
        RgbImage image, double x, double y, double reach, Func<double, double, double> within, uint colour,
        double opacity)
    {
        var (minY, maxY) = (Math.Max(0, (int)(y - reach - 1)), Math.Min(image.Height - 1, (int)(y + reach + 1)));
        var (minX, maxX) = (Math.Max(0, (int)(x - reach - 1)), Math.Min(image.Width - 1, (int)(x + reach + 1)));
        for (var row = minY; row <= maxY; row++)
            for (var column = minX; column <= maxX; column++)
            {
                var cover = Math.Clamp(within(column + 0.5 - x, row + 0.5 - y) + 0.5, 0, 1) * opacity;
                if (cover > 0) Blend(image.Pixels.AsSpan(((row * image.Width) + column) * 3, 3), colour, cover);
            }
    }

    private static void Blend(Span<byte> pixel, uint colour, double cover)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var value = (colour >> (16 - (8 * channel))) & 0xff;
            pixel[channel] = (byte)Math.Round((pixel[channel] * (1 - cover)) + (value * cover));
        }
    }
}
