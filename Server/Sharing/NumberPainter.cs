using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Draws numbers into a picture: white digits on a dark pill, as the page writes them beside dots.</summary>
internal static class NumberPainter
{
    private const uint Dark = 0x0f0c14;
    private const double DarkOpacity = 0.84;

    // Of the pill's height.
    private const double Size = 0.72;
    private const double Padding = 0.3;

    /// <summary>Width of the pill with a number, in pixels.</summary>
    /// <param name="number">Not negative.</param>
    /// <param name="height">Height of the pill, in pixels.</param>
    public static double WidthOf(int number, double height)
        => Math.Max(height, LetterPainter.WidthOf(Text(number), Size * height) + (2 * Padding * height));

    /// <param name="image">Drawn into.</param>
    /// <param name="number">Not negative.</param>
    /// <param name="left">Left edge of the pill, in pixels.</param>
    /// <param name="middle">Its middle from the top, in pixels.</param>
    /// <param name="height">Its height, in pixels.</param>
    public static void Draw(RgbImage image, int number, double left, double middle, double height)
    {
        var (text, size, width, round) = (Text(number), Size * height, WidthOf(number, height), height / 2);
        // A pill is all that is as near to a line as its ends are round.
        var line = (X1: left + round, X2: Math.Max(left + round, left + width - round));
        Painter.Fill(image, left + (width / 2), middle, width / 2, (dx, dy) =>
        {
            var x = left + (width / 2) + dx;
            return round - Painter.ToLine(x, dy, line.X1, 0, line.X2, 0);
        }, Dark, DarkOpacity);
        LetterPainter.Write(image, text, left + ((width - LetterPainter.WidthOf(text, size)) / 2),
            middle + (LetterPainter.DigitHeight(size) / 2), size, 0xffffff);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
