using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Makes parts of a picture unreadable for good: what remains of a part is a handful of average colours.
/// </summary>
/// <remarks>
/// Averages over cells and not a blur, which can be calculated back, nor fine pixels, which can be guessed: a part
/// keeps at most 4 by 4 colours whatever its size, and each of them only in 32 steps.
/// </remarks>
internal static class Mosaic
{
    private const int CellsAcross = 4;
    private const int Step = 8;

    /// <returns>A copy with the boxes hidden; the rest is the same to the last bit.</returns>
    public static RgbImage Hide(RgbImage image, IEnumerable<BlurBox> boxes)
    {
        var hidden = image.Copy();
        foreach (var box in boxes)
        {
            var (left, right) = Range(box.X, box.Width, image.Width);
            var (top, bottom) = Range(box.Y, box.Height, image.Height);
            // Cells are square-like: as many across the shorter side as fit into the longer side's measure.
            var cell = Math.Max(1, (Math.Max(right - left, bottom - top) + CellsAcross - 1) / CellsAcross);
            for (var y = top; y < bottom; y += cell)
                for (var x = left; x < right; x += cell)
                    Level(hidden, x, y, Math.Min(x + cell, right), Math.Min(y + cell, bottom));
        }
        return hidden;
    }

    /// <summary>Whole pixels that a span of percent touches.</summary>
    internal static (int First, int End) Range(double start, double length, int pixels)
    {
        var first = (int)Math.Floor(Math.Clamp(start, 0, 100) / 100 * pixels);
        var end = (int)Math.Ceiling(Math.Clamp(start + length, 0, 100) / 100 * pixels);
        return (Math.Min(first, pixels - 1), Math.Max(end, Math.Min(first, pixels - 1) + 1));
    }

    private static void Level(RgbImage image, int left, int top, int right, int bottom)
    {
        var (red, green, blue) = (0L, 0L, 0L);
        for (var y = top; y < bottom; y++)
        {
            var row = image.Pixels.AsSpan(((y * image.Width) + left) * 3, (right - left) * 3);
            for (var i = 0; i < row.Length; i += 3)
            {
                red += row[i];
                green += row[i + 1];
                blue += row[i + 2];
            }
        }
        var count = (long)(right - left) * (bottom - top);
        var (r, g, b) = (Coarse(red / count), Coarse(green / count), Coarse(blue / count));
        for (var y = top; y < bottom; y++)
        {
            var row = image.Pixels.AsSpan(((y * image.Width) + left) * 3, (right - left) * 3);
            for (var i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (r, g, b);
        }
    }

    private static byte Coarse(long average) => (byte)(average / Step * Step + Step / 2);
}
