using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// The picture that other sites show beside a link: the photo on a dark stage with the answer's dots on it.
/// </summary>
internal static class PreviewCard
{
    /// <summary>Pixels.</summary>
    public const int Width = 1200;

    /// <summary>Pixels.</summary>
    public const int Height = 630;

    private const int Margin = 24;
    private const int MaxBytes = 300_000;

    private static readonly ImmutableArray<int> Qualities = [88, 80, 70, 60, 45, 30, 15];

    /// <param name="photo">Null where the conversation has no picture left: the stage alone.</param>
    /// <param name="groups">What is drawn on it.</param>
    /// <returns>A JPEG of at most 300 kB.</returns>
    public static byte[] Draw(RgbImage? photo, ImmutableArray<PointSegment> groups)
    {
        var card = Stage();
        if (photo is not null)
        {
            var area = Fit(photo.Width, photo.Height);
            Place(ImageScaler.Resize(photo, area.Width, area.Height), card, area.Left, area.Top);
            DotPainter.Draw(card, area, groups, 1);
        }
        return Encode(card);
    }

    /// <summary>
    /// The dots alone, on an empty sheet of the photo's shape, for a link whose photo is not to be shown around.
    /// </summary>
    /// <param name="width">Pixels of the photo.</param>
    /// <param name="height">Pixels of the photo.</param>
    /// <param name="groups">What is drawn.</param>
    /// <returns>A JPEG of at most 300 kB.</returns>
    public static byte[] DrawWithoutPhoto(int width, int height, ImmutableArray<PointSegment> groups)
    {
        var card = Stage();
        var area = Fit(width, height);
        for (var y = area.Top; y < area.Top + area.Height; y++)
            for (var i = ((y * Width) + area.Left) * 3; i < ((y * Width) + area.Left + area.Width) * 3; i += 3)
                (card.Pixels[i], card.Pixels[i + 1], card.Pixels[i + 2]) = (0x2c, 0x29, 0x34);
        DotPainter.Draw(card, area, groups, 1);
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
            photo.Pixels.AsSpan(y * photo.Width * 3, photo.Width * 3)
                .CopyTo(card.Pixels.AsSpan((((top + y) * card.Width) + left) * 3));
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
