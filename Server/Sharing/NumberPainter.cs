using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Draws numbers into a picture: white digits of straight strokes on a dark pill, as the page writes them beside dots.
/// </summary>
/// <remarks>Ten digits are all that pictures say; a font and its rasteriser would be a package for them.</remarks>
internal static class NumberPainter
{
    private const uint Dark = 0x14101a;
    private const double DarkOpacity = 0.82;

    // In units of a digit's width, 1.6 high: corners of the line that each digit is.
    private const double DigitHeight = 1.6;
    private const double Gap = 0.55;
    private const double Stroke = 0.16;
    private const double Padding = 0.6;

    private static readonly ImmutableArray<ImmutableArray<(double X, double Y)>> Digits =
    [
        [(0, 0.4), (0.3, 0), (0.7, 0), (1, 0.4), (1, 1.2), (0.7, 1.6), (0.3, 1.6), (0, 1.2), (0, 0.4)],
        [(0.15, 0.35), (0.6, 0), (0.6, 1.6)],
        [(0, 0.4), (0.25, 0), (0.75, 0), (1, 0.35), (1, 0.6), (0, 1.6), (1, 1.6)],
        [(0.05, 0), (0.95, 0), (0.45, 0.62), (0.75, 0.66), (1, 0.95), (1, 1.25), (0.75, 1.6), (0.25, 1.6), (0, 1.3)],
        [(0.75, 1.6), (0.75, 0), (0, 1.1), (1, 1.1)],
        [(0.9, 0), (0.15, 0), (0.08, 0.7), (0.6, 0.6), (1, 0.9), (1, 1.25), (0.7, 1.6), (0.25, 1.6), (0, 1.35)],
        [(0.8, 0), (0.2, 0.6), (0, 1.1), (0.1, 1.4), (0.35, 1.6), (0.7, 1.6), (1, 1.3), (1, 1), (0.7, 0.72),
            (0.35, 0.72), (0.05, 1)],
        [(0, 0), (1, 0), (0.35, 1.6)],
        [(0.5, 0.72), (0.12, 0.5), (0.12, 0.25), (0.35, 0), (0.65, 0), (0.88, 0.25), (0.88, 0.5), (0.5, 0.72), (0.95,
            1), (0.95, 1.35), (0.7, 1.6), (0.3, 1.6), (0.05, 1.35), (0.05, 1), (0.5, 0.72)],
        [(0.2, 1.6), (0.8, 1), (1, 0.5), (0.9, 0.2), (0.65, 0), (0.3, 0), (0, 0.3), (0, 0.6), (0.3, 0.88), (0.65, 0.88),
            (0.95, 0.6)],
    ];

    /// <summary>Width of the pill with a number, in pixels.</summary>
    /// <param name="number">Not negative.</param>
    /// <param name="height">Height of the pill, in pixels.</param>
    public static double WidthOf(int number, double height)
    {
        var count = Text(number).Length;
        return UnitOf(height) * (count + ((count - 1) * Gap) + (2 * Padding));
    }

    /// <param name="image">Drawn into.</param>
    /// <param name="number">Not negative.</param>
    /// <param name="left">Left edge of the pill, in pixels.</param>
    /// <param name="middle">Its middle from the top, in pixels.</param>
    /// <param name="height">Its height, in pixels.</param>
    public static void Draw(RgbImage image, int number, double left, double middle, double height)
    {
        var text = Text(number);
        var (unit, width, round) = (UnitOf(height), WidthOf(number, height), height / 2);
        // A pill is all that is as near to a line as its ends are round.
        var line = (X1: left + round, X2: Math.Max(left + round, left + width - round));
        Painter.Fill(image, left + (width / 2), middle, width / 2, (dx, dy) =>
        {
            var x = left + (width / 2) + dx;
            return round - Painter.ToLine(x, dy, line.X1, 0, line.X2, 0);
        }, Dark, DarkOpacity);
        for (var i = 0; i < text.Length; i++)
        {
            var corners = Digits[text[i] - '0'];
            var (x0, y0) = (left + (unit * (Padding + (i * (1 + Gap)))), middle - (unit * DigitHeight / 2));
            Painter.Fill(image, x0 + (unit / 2), middle, unit * 1.2, (dx, dy) =>
            {
                var (x, y) = ((x0 + (unit / 2) + dx - x0) / unit, (middle + dy - y0) / unit);
                var nearest = double.MaxValue;
                for (var corner = 1; corner < corners.Length; corner++)
                    nearest = Math.Min(nearest, Painter.ToLine(
                        x, y, corners[corner - 1].X, corners[corner - 1].Y, corners[corner].X, corners[corner].Y));
                return (Stroke - nearest) * unit;
            }, 0xffffff, 1);
        }
    }

    private static double UnitOf(double height) => height / (DigitHeight + (2 * 0.5));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
