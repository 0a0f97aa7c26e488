using System.Collections.Immutable;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Server.Sharing;

/// <summary>The picture that other sites show beside a link: the photo on a dark stage with the answer's dots on it.</summary>
internal static class PreviewCard
{
    /// <summary>Pixels.</summary>
    public const int Width = 1200;

    /// <summary>Pixels.</summary>
    public const int Height = 630;

    private const int Margin = 24;
    private const int MaxBytes = 300_000;
    private const double Ring = 3;
    private const double Hairline = 1;
    private const double HairlineOpacity = 0.55;

    private static readonly ImmutableArray<int> Qualities = [88, 80, 70, 60, 45, 30, 15];

    // The groups' colours of the page, pink first.
    private static readonly ImmutableArray<uint> Colours = [0xff4fa3, 0x38b6ff, 0xffb81c, 0x35c97d, 0xa77bff, 0xff7a45, 0x19c3b4, 0xe3e35b];

    /// <param name="photo">Null where the conversation has no picture left: the stage alone.</param>
    /// <param name="groups">What is drawn on it.</param>
    /// <returns>A JPEG of at most 300 kB.</returns>
    public static byte[] Draw(RgbImage? photo, ImmutableArray<PointSegment> groups)
    {
        var card = Stage();
        if (photo is not null)
        {
            var (left, top, width, height) = Fit(photo.Width, photo.Height);
            Place(ImageResizer.Resize(photo, width, height), card, left, top);
            var points = groups.SelectMany(group => group.Points.Select(point => (group.Group, Point: point))).Take(ChatLimits.PointsDrawn).ToList();
            var radius = points.Count switch { <= 30 => 11, <= 100 => 8, _ => 5 };
            foreach (var (group, point) in points)
                Dot(card, left + (point.X / 100 * width), top + (point.Y / 100 * height), radius, Colours[group % Colours.Length]);
        }
        return Encode(card);
    }

    /// <summary>Where a photo stands on the card: as large as fits, centred.</summary>
    internal static (int Left, int Top, int Width, int Height) Fit(int photoWidth, int photoHeight)
    {
        var scale = Math.Min((Width - (2.0 * Margin)) / photoWidth, (Height - (2.0 * Margin)) / photoHeight);
        var width = Math.Max(1, (int)Math.Round(photoWidth * scale));
        var height = Math.Max(1, (int)Math.Round(photoHeight * scale));
        return ((Width - width) / 2, (Height - height) / 2, width, height);
    }

    private static RgbImage Stage()
    {
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (0x1a, 0x18, 0x20);
        return new RgbImage(Width, Height, pixels);
    }

    private static void Place(RgbImage photo, RgbImage card, int left, int top)
    {
        for (var y = 0; y < photo.Height; y++)
            photo.Pixels.AsSpan(y * photo.Width * 3, photo.Width * 3).CopyTo(card.Pixels.AsSpan((((top + y) * card.Width) + left) * 3));
    }

    // From the outside in: a dark hairline, a white ring, the colour of the group.
    private static void Dot(RgbImage card, double x, double y, double radius, uint colour)
    {
        Disc(card, x, y, radius + Ring + Hairline, 0x000000, HairlineOpacity);
        Disc(card, x, y, radius + Ring, 0xffffff, 1);
        Disc(card, x, y, radius, colour, 1);
    }

    // A pixel is covered by as much as the edge of the disc has passed its centre, half a pixel to either side.
    private static void Disc(RgbImage card, double x, double y, double radius, uint colour, double opacity)
    {
        var (minY, maxY) = (Math.Max(0, (int)(y - radius - 1)), Math.Min(card.Height - 1, (int)(y + radius + 1)));
        var (minX, maxX) = (Math.Max(0, (int)(x - radius - 1)), Math.Min(card.Width - 1, (int)(x + radius + 1)));
        for (var row = minY; row <= maxY; row++)
            for (var column = minX; column <= maxX; column++)
            {
                var distance = Math.Sqrt(Math.Pow(column + 0.5 - x, 2) + Math.Pow(row + 0.5 - y, 2));
                var cover = Math.Clamp(radius - distance + 0.5, 0, 1) * opacity;
                if (cover > 0) Blend(card.Pixels.AsSpan(((row * card.Width) + column) * 3, 3), colour, cover);
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

    private static byte[] Encode(RgbImage card)
    {
        using var bytes = new MemoryStream();
        foreach (var quality in Qualities)
        {
            bytes.SetLength(0);
            JpegEncoder.Encode(card, quality, bytes);
            if (bytes.Length <= MaxBytes) break;
        }
        return bytes.ToArray();
    }
}
