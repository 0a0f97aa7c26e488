using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Draws an answer's dots into a picture: from the outside in a dark hairline, a white ring, the colour of the group.
/// </summary>
internal static class DotPainter
{
    private const double Hairline = 1;
    private const double HairlineOpacity = 0.55;

    // The page, too, leaves numbers out where there are more.
    private const int Numbered = 60;

    /// <summary>The groups' colours of the page, pink first.</summary>
    public static readonly ImmutableArray<uint> Colours =
        [0xff4fa3, 0x38b6ff, 0xffb81c, 0x35c97d, 0xa77bff, 0xff7a45, 0x19c3b4, 0xe3e35b];

    /// <summary>Radius of a dot among so many, in pixels of a picture about 1200 wide.</summary>
    public static double RadiusOf(int points) => points switch { <= 30 => 11, <= 100 => 8, _ => 5 };

    /// <param name="image">Drawn into.</param>
    /// <param name="area">Where on it the photo lies, in pixels; percent are of this.</param>
    /// <param name="groups">The first <see cref="ChatLimits.PointsDrawn"/> points are drawn.</param>
    /// <param name="scale">1 for a picture about 1200 pixels wide.</param>
    public static void Draw(
        RgbImage image, (int Left, int Top, int Width, int Height) area, IEnumerable<PointSegment> groups, double scale)
    {
        var points = groups.SelectMany(group => group.Points.Select(point => (group.Group, Point: point)))
            .Take(ChatLimits.PointsDrawn).ToList();
        var radius = RadiusOf(points.Count) * scale;
        var ring = 3 * scale;
        if (points.Count is > 1 and <= Numbered)
            foreach (var (_, point) in points) Number(image, area, point, (radius + ring) / scale, scale);
        foreach (var (group, point) in points)
        {
            var (x, y) = (area.Left + (point.X / 100 * area.Width), area.Top + (point.Y / 100 * area.Height));
            Disc(image, x, y, radius + ring + (Hairline * scale), 0x000000, HairlineOpacity);
            Disc(image, x, y, radius + ring, 0xffffff, 1);
            Disc(image, x, y, radius, Colours[group % Colours.Length], 1);
        }
    }

    /// <summary>
    /// A mark beside the dots: a filled shape in a white ring with a dark hairline, and white strokes on it.
    /// </summary>
    /// <param name="image">Drawn into.</param>
    /// <param name="x">Its middle, in pixels.</param>
    /// <param name="y">Its middle, in pixels.</param>
    /// <param name="scale">1 for a picture about 1200 pixels wide.</param>
    /// <param name="colour">Of the shape.</param>
    /// <param name="shape">0 a circle, 1 a square, 2 a diamond.</param>
    /// <param name="strokes">From its middle, in its radii.</param>
    public static void DrawMark(
        RgbImage image, double x, double y, double scale, uint colour, int shape,
        IEnumerable<(double X1, double Y1, double X2, double Y2)> strokes)
    {
        const double Size = 9;
        var (radius, ring) = (Size * scale, 2 * scale);
        double From(double dx, double dy) => shape switch
        {
            0 => Math.Sqrt((dx * dx) + (dy * dy)),
            1 => Math.Max(Math.Abs(dx), Math.Abs(dy)),
            _ => (Math.Abs(dx) + Math.Abs(dy)) * 0.8,
        };
        Painter.Fill(image, x, y, (radius + ring + scale) * 1.4, (dx, dy) => radius + ring + scale - From(dx, dy),
            0x000000, HairlineOpacity);
        Painter.Fill(image, x, y, (radius + ring) * 1.4, (dx, dy) => radius + ring - From(dx, dy), 0xffffff, 1);
        Painter.Fill(image, x, y, radius * 1.4, (dx, dy) => radius - From(dx, dy), colour, 1);
        foreach (var (x1, y1, x2, y2) in strokes)
            Painter.Fill(
                image, x, y, radius * 1.4,
                (dx, dy) => (1.4 * scale) - Painter.ToLine(dx, dy, x1 * radius, y1 * radius, x2 * radius, y2 * radius),
                0xffffff, 1);
    }

    // Above to the right as on the page, or where the photo has room; before the dots, so that none is covered.
    private static void Number(
        RgbImage image, (int Left, int Top, int Width, int Height) area, ImagePoint point, double radius, double scale)
    {
        const double Height = 17;
        var (x, y) = (area.Left + (point.X / 100 * area.Width), area.Top + (point.Y / 100 * area.Height));
        var (width, away) = (NumberPainter.WidthOf(point.N, Height * scale), radius * 0.75 * scale);
        var left = x + away + width <= area.Left + area.Width ? x + away : x - away - width;
        var middle = y - away - (Height / 2 * scale) >= area.Top ? y - away : y + away;
        NumberPainter.Draw(image, point.N, left, middle, Height * scale);
    }

    private static void Disc(RgbImage image, double x, double y, double radius, uint colour, double opacity)
        => Painter.Fill(image, x, y, radius, (dx, dy) => radius - Math.Sqrt((dx * dx) + (dy * dy)), colour, opacity);
}
