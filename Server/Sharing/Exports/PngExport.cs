using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>The photo with its dots, as one picture without any metadata.</summary>
internal static class PngExport
{
    /// <summary>
    /// Pixels of the longest side; a larger photo is made smaller, which a picture to look at may be.
    /// </summary>
    public const int MaxSide = 4096;

    private const double UsualSide = 1200;

    public static byte[] Write(ExportTurn turn, RgbImage photo)
    {
        var image = Copy(photo);
        var scale = Math.Max(0.5, Math.Max(image.Width, image.Height) / UsualSide);
        DotPainter.Draw(image, (0, 0, image.Width, image.Height), turn.Groups, turn.Audit, scale);
        // Marks are as much smaller as the dots of many are.
        var size = scale * DotPainter.RadiusOf(turn.PointCount) / DotPainter.RadiusOf(1);
        foreach (var mark in AuditMark.Of(turn))
        {
            var (x, y) = mark.On(image.Width, image.Height, DotPainter.Aside * size);
            DotPainter.DrawMark(image, x, y, size, mark);
        }
        using var bytes = new MemoryStream();
        PngEncoder.Encode(image, bytes);
        return bytes.ToArray();
    }

    private static RgbImage Copy(RgbImage photo)
    {
        var scale = Math.Min(1, MaxSide / (double)Math.Max(photo.Width, photo.Height));
        return scale < 1
            ? ImageScaler.Resize(photo, Math.Max(1, (int)Math.Round(photo.Width * scale)),
                Math.Max(1, (int)Math.Round(photo.Height * scale)))
            : photo.Copy();
    }
}
