using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Evaluation;

/// <summary>
/// A picture with marks on it. Kinds differ in shape as well as in colour, for those who cannot tell red from green.
/// </summary>
internal static class MissPicture
{
    /// <summary>Words for the marks, in Markdown.</summary>
    public const string Legend = "Green dots are hits, red crosses are points at nothing, hollow amber rings are "
        + "objects that no point hit.";

    /// <summary>Pixels of the longer side at most.</summary>
    public const int MostPixels = 640;

    /// <summary>Pixels from the middle of a mark to its edge.</summary>
    public const int Radius = 7;

    private const float Line = 3;

    public static readonly SKColor HitColor = new(0x1E, 0x9E, 0x4A);
    public static readonly SKColor WrongColor = new(0xD6, 0x1F, 0x2C);
    public static readonly SKColor MissedColor = new(0xFF, 0xB3, 0x00);

    /// <summary>Width and height as drawn: never enlarged.</summary>
    public static (int Width, int Height) SizeOf(RgbImage image)
    {
        var scale = Math.Min(1, MostPixels / (double)Math.Max(image.Width, image.Height));
        return (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
    }

    /// <summary>A PNG.</summary>
    public static byte[] Draw(RgbImage image, IEnumerable<Mark> marks)
    {
        var (width, height) = SizeOf(image);
        using var bitmap = Pixels.Write(ImageScaler.Resize(image, width, height));
        using (var canvas = new SKCanvas(bitmap))
        {
            // Rings first: a wrong point beside a missed object stays visible.
            foreach (var mark in marks.OrderByDescending(mark => mark.Kind))
                Draw(canvas, mark, (float)(mark.X / 100 * width), (float)(mark.Y / 100 * height));
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    /// <summary>A broad line in a contrasting colour first, so that a mark is seen on any ground.</summary>
    private static void Draw(SKCanvas canvas, Mark mark, float x, float y)
    {
        using var paint = new SKPaint { IsAntialias = true, StrokeCap = SKStrokeCap.Round };
        switch (mark.Kind)
        {
            case MarkKind.Hit:
                paint.Color = SKColors.White;
                canvas.DrawCircle(x, y, Radius, paint);
                paint.Color = HitColor;
                canvas.DrawCircle(x, y, Radius - 2, paint);
                break;
            case MarkKind.Wrong:
                Cross(SKColors.White, Line + 3);
                Cross(WrongColor, Line);
                break;
            default:
                paint.Style = SKPaintStyle.Stroke;
                Ring(SKColors.Black, Line + 2);
                Ring(MissedColor, Line);
                break;
        }

        void Cross(SKColor color, float line)
        {
            (paint.Color, paint.StrokeWidth) = (color, line);
            const float arm = Radius - 2;
            canvas.DrawLine(x - arm, y - arm, x + arm, y + arm, paint);
            canvas.DrawLine(x - arm, y + arm, x + arm, y - arm, paint);
        }

        void Ring(SKColor color, float line)
        {
            (paint.Color, paint.StrokeWidth) = (color, line);
            canvas.DrawCircle(x, y, Radius, paint);
        }
    }
}
