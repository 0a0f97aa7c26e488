using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Imaging.Color;
using Molmo.Demo.Server.Sharing.Exports;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// The picture that other sites show beside a link: the photo on a dark stage with the answer's dots on it, as a person
/// has checked them, and beside it the question and the count.
/// </summary>
internal static class PreviewCard
{
    /// <summary>Pixels.</summary>
    public const int Width = 1200;

    /// <summary>Pixels.</summary>
    public const int Height = 630;

    private const int Margin = 24;
    private const int MaxBytes = 300_000;

    /// <summary>Pixels of the card on which words stand, at its right.</summary>
    private const int WordsWidth = 456;

    private static readonly ImmutableArray<int> Qualities = [88, 80, 70, 60, 45, 30, 15];

    /// <param name="photo">Null where the conversation has no picture left.</param>
    /// <param name="turn">The answer that is shown; null for the stage alone.</param>
    /// <returns>A JPEG of at most 300 kB.</returns>
    public static byte[] Draw(RgbImage? photo, ExportTurn? turn)
    {
        var card = Stage(photo?.Profile);
        var words = turn is null ? null : PreviewWords.Of(turn);
        if (photo is not null)
        {
            var area = Fit(photo.Width, photo.Height, words is not null);
            Place(ImageScaler.Resize(photo, area.Width, area.Height), card, area.Left, area.Top);
            DrawDots(card, area, turn);
        }
        words?.Draw(card, photo is null ? 4 * Margin : Width - Margin - WordsWidth, Width - (2 * Margin));
        return Encode(card);
    }

    /// <summary>
    /// The dots alone, on an empty sheet of the photo's shape, for a link whose photo is not to be shown around.
    /// </summary>
    /// <param name="turn">The answer that is shown, with its photo's size.</param>
    /// <returns>A JPEG of at most 300 kB.</returns>
    public static byte[] DrawWithoutPhoto(ExportTurn turn)
    {
        var card = Stage();
        var words = PreviewWords.Of(turn);
        var area = Fit(turn.Copied.Width, turn.Copied.Height, words is not null);
        for (var y = area.Top; y < area.Top + area.Height; y++)
            for (var i = ((y * Width) + area.Left) * 3; i < ((y * Width) + area.Left + area.Width) * 3; i += 3)
                (card.Pixels[i], card.Pixels[i + 1], card.Pixels[i + 2]) = (0x2c, 0x29, 0x34);
        DrawDots(card, area, turn);
        words?.Draw(card, Width - Margin - WordsWidth, Width - (2 * Margin));
        return Encode(card);
    }

    /// <summary>Where a photo stands on the card, or on what words leave of it: as large as fits, centred.</summary>
    internal static (int Left, int Top, int Width, int Height) Fit(int photoWidth, int photoHeight, bool hasWords)
    {
        var room = Width - (2 * Margin) - (hasWords ? WordsWidth + Margin : 0);
        var scale = Math.Min(room / (double)photoWidth, (Height - (2.0 * Margin)) / photoHeight);
        var width = Math.Max(1, (int)Math.Round(photoWidth * scale));
        var height = Math.Max(1, (int)Math.Round(photoHeight * scale));
        return (Margin + ((room - width) / 2), (Height - height) / 2, width, height);
    }

    private static void DrawDots(RgbImage card, (int Left, int Top, int Width, int Height) area, ExportTurn? turn)
    {
        if (turn is null) return;
        DotPainter.Draw(card, area, turn.Groups, turn.Audit, 1);
        var size = DotPainter.RadiusOf(turn.PointCount) / DotPainter.RadiusOf(1);
        foreach (var mark in AuditMark.Of(turn))
        {
            var (x, y) = mark.On(area.Width, area.Height, DotPainter.Aside * size);
            DotPainter.DrawMark(card, area.Left + x, area.Top + y, size, mark);
        }
    }

    // In the colours of the photo: what is painted beside it differs from what it is elsewhere by less than is seen.
    private static RgbImage Stage(ColorProfile? profile = null)
    {
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (0x17, 0x15, 0x1c);
        return new RgbImage(Width, Height, pixels) { Profile = profile };
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
