using Molmo.Demo.Client.Images;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Draws an answer's dots into a picture, each in its group's shape: from the outside in a dark hairline, a white ring,
/// the colour of the group. A dot that a person found wrong is hollow.
/// </summary>
internal static class DotPainter
{
    private const double Hairline = 1;
    private const double HairlineOpacity = 0.55;
    private const double HollowOpacity = 0.3;

    // The page, too, leaves numbers out where there are more.
    private const int Numbered = 60;

    /// <summary>How far from a dot a mark stands beside it, in pixels of a picture about 1200 wide.</summary>
    public const double Aside = 13;

    /// <summary>The groups' colours of the page, pink first.</summary>
    public static readonly ImmutableArray<uint> Colours =
        [0xfb3f97, 0x35b4ff, 0xffc02b, 0xa68bff, 0xff8640, 0x1ed0d0, 0xe9dfd0, 0xc4e03a];

    /// <summary>Radius of a dot among so many, in pixels of a picture about 1200 wide.</summary>
    public static double RadiusOf(int points) => points switch { <= 30 => 11, <= 100 => 8, _ => 5 };

    /// <param name="image">Drawn into.</param>
    /// <param name="area">Where on it the photo lies, in pixels; percent are of this.</param>
    /// <param name="groups">The first <see cref="ChatLimits.PointsDrawn"/> points are drawn.</param>
    /// <param name="audit">A person's check of them; null without one.</param>
    /// <param name="scale">1 for a picture about 1200 pixels wide.</param>
    public static void Draw(
        RgbImage image, (int Left, int Top, int Width, int Height) area, IEnumerable<PointSegment> groups,
        Audit? audit, double scale)
    {
        var verdicts = audit?.Verdicts;
        var points = groups.SelectMany(group => group.Points.Select(point => (group.Group, Point: point)))
            .Take(ChatLimits.PointsDrawn).ToList();
        var radius = RadiusOf(points.Count) * scale;
        var ring = 3 * scale;
        if (points.Count is > 1 and <= Numbered)
            foreach (var (_, point) in points) Number(image, area, point, (radius + ring) / scale, scale);
        foreach (var (group, point) in points)
        {
            var (x, y) = (area.Left + (point.X / 100 * area.Width), area.Top + (point.Y / 100 * area.Height));
            var isWrong = verdicts?.GetValueOrDefault((group, point.N)) == DotVerdict.Wrong;
            Dot(image, x, y, (radius, ring, Hairline * scale), PointShape.Of(group),
                isWrong ? null : Colours[group % Colours.Length]);
        }
    }

    /// <summary>
    /// A mark of a person on or beside a dot: a filled circle or square in a white ring with a dark hairline, and
    /// strokes on it.
    /// </summary>
    /// <param name="image">Drawn into.</param>
    /// <param name="x">Its middle, in pixels.</param>
    /// <param name="y">Its middle, in pixels.</param>
    /// <param name="scale">1 for a picture about 1200 pixels wide.</param>
    /// <param name="mark">What it says.</param>
    public static void DrawMark(RgbImage image, double x, double y, double scale, AuditMark mark)
    {
        var (radius, ring) = (mark.Radius * scale, 2 * scale);
        double From(double dx, double dy)
            => mark.IsSquare ? Math.Max(Math.Abs(dx), Math.Abs(dy)) : Math.Sqrt((dx * dx) + (dy * dy));
        Painter.Fill(image, x, y, radius + ring + scale, (dx, dy) => radius + ring + scale - From(dx, dy),
            0x000000, HairlineOpacity);
        Painter.Fill(image, x, y, radius + ring, (dx, dy) => radius + ring - From(dx, dy), 0xffffff, 1);
        Painter.Fill(image, x, y, radius, (dx, dy) => radius - From(dx, dy), mark.Colour, 1);
        foreach (var (x1, y1, x2, y2) in mark.Strokes)
            Painter.Fill(
                image, x, y, radius,
                (dx, dy) => (1.4 * scale) - Painter.ToLine(dx, dy, x1 * radius, y1 * radius, x2 * radius, y2 * radius),
                mark.Ink, 1);
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

    // All three follow the shape's edge: within, on and around it. Without a colour the dot is hollow.
    private static void Dot(
        RgbImage image, double x, double y, (double Radius, double Ring, double Hairline) size, PointShape shape,
        uint? colour)
    {
        var (radius, ring, hairline) = size;
        var reach = (radius * shape.Corners.Select(corner => double.Hypot(corner.X, corner.Y)).DefaultIfEmpty(1).Max())
            + ring + hairline;
        double Within(double dx, double dy) => Inside(shape, dx, dy, radius);
        double Ring(double dx, double dy) => (ring / 2) - Math.Abs(Within(dx, dy) + (ring / 2));
        if (colour is { } full)
        {
            Painter.Fill(image, x, y, reach, (dx, dy) => Within(dx, dy) + ring + hairline, 0x000000, HairlineOpacity);
            Painter.Fill(image, x, y, reach, (dx, dy) => Within(dx, dy) + ring, 0xffffff, 1);
            Painter.Fill(image, x, y, reach, Within, full, 1);
            return;
        }
        Painter.Fill(image, x, y, reach, Within, 0x0f0c14, HollowOpacity);
        Painter.Fill(image, x, y, reach, (dx, dy) => Ring(dx, dy) + hairline, 0x000000, HairlineOpacity);
        Painter.Fill(image, x, y, reach, Ring, 0xffffff, 1);
    }

    // How far within the shape's edge a place is, in pixels; negative outside.
    private static double Inside(PointShape shape, double dx, double dy, double radius)
    {
        var corners = shape.Corners;
        if (corners.IsEmpty) return radius - double.Hypot(dx, dy);
        var (x, y) = (dx / radius, dy / radius);
        var (isInside, away) = (false, double.MaxValue);
        for (var i = 0; i < corners.Length; i++)
        {
            var (from, to) = (corners[i], corners[(i + 1) % corners.Length]);
            away = Math.Min(away, Painter.ToLine(x, y, from.X, from.Y, to.X, to.Y));
            // An odd number of edges to the right of a place is around it.
            if (from.Y > y != to.Y > y && x < from.X + ((y - from.Y) / (to.Y - from.Y) * (to.X - from.X)))
                isInside = !isInside;
        }
        return radius * (isInside ? away : -away);
    }
}
