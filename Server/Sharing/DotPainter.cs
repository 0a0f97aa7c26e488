using System.Collections.Immutable;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Draws an answer's dots into a picture: from the outside in a dark hairline, a white ring, the colour of the group.</summary>
internal static class DotPainter
{
    private const double Hairline = 1;
    private const double HairlineOpacity = 0.55;

    /// <summary>The groups' colours of the page, pink first.</summary>
    public static readonly ImmutableArray<uint> Colours = [0xff4fa3, 0x38b6ff, 0xffb81c, 0x35c97d, 0xa77bff, 0xff7a45, 0x19c3b4, 0xe3e35b];

    /// <param name="image">Drawn into.</param>
    /// <param name="area">Where on it the photo lies, in pixels; percent are of this.</param>
    /// <param name="groups">The first <see cref="ChatLimits.PointsDrawn"/> points are drawn.</param>
    /// <param name="scale">1 for a picture about 1200 pixels wide.</param>
    public static void Draw(RgbImage image, (int Left, int Top, int Width, int Height) area, IEnumerable<PointSegment> groups, double scale)
    {
        var points = groups.SelectMany(group => group.Points.Select(point => (group.Group, Point: point))).Take(ChatLimits.PointsDrawn).ToList();
        var radius = points.Count switch { <= 30 => 11, <= 100 => 8, _ => 5 } * scale;
        var ring = 3 * scale;
        foreach (var (group, point) in points)
        {
            var (x, y) = (area.Left + (point.X / 100 * area.Width), area.Top + (point.Y / 100 * area.Height));
            Disc(image, x, y, radius + ring + (Hairline * scale), 0x000000, HairlineOpacity);
            Disc(image, x, y, radius + ring, 0xffffff, 1);
            Disc(image, x, y, radius, Colours[group % Colours.Length], 1);
        }
    }

    // A pixel is covered by as much as the edge of the disc has passed its centre, half a pixel to either side.
    private static void Disc(RgbImage image, double x, double y, double radius, uint colour, double opacity)
    {
        var (minY, maxY) = (Math.Max(0, (int)(y - radius - 1)), Math.Min(image.Height - 1, (int)(y + radius + 1)));
        var (minX, maxX) = (Math.Max(0, (int)(x - radius - 1)), Math.Min(image.Width - 1, (int)(x + radius + 1)));
        for (var row = minY; row <= maxY; row++)
            for (var column = minX; column <= maxX; column++)
            {
                var distance = Math.Sqrt(Math.Pow(column + 0.5 - x, 2) + Math.Pow(row + 0.5 - y, 2));
                var cover = Math.Clamp(radius - distance + 0.5, 0, 1) * opacity;
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
