using Molmo.Demo.Inference.Imaging;
using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>
/// A surface to draw on, in pixels from the upper left corner. It fills plain colours only: shaders compute in floating
/// point, which not every processor rounds alike, and the same seed has to give the same bytes.
/// </summary>
internal sealed class Sheet : IDisposable
{
    private readonly SKBitmap _bitmap;

    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <param name="background">Opaque.</param>
    public Sheet(int width, int height, SKColor background)
    {
        _bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Canvas = new SKCanvas(_bitmap);
        Canvas.Clear(background);
    }

    /// <summary>For what the methods here do not draw, and for its matrix.</summary>
    public SKCanvas Canvas { get; }

    /// <summary>Pixels.</summary>
    public int Width => _bitmap.Width;

    /// <summary>Pixels.</summary>
    public int Height => _bitmap.Height;

    public void Dispose()
    {
        Canvas.Dispose();
        _bitmap.Dispose();
    }

    public void Fill(SKRect box, SKColor color, float corner = 0)
    {
        using var paint = Filling(color);
        Canvas.DrawRoundRect(box, corner, corner, paint);
    }

    public void Fill(SKPath path, SKColor color)
    {
        using var paint = Filling(color);
        Canvas.DrawPath(path, paint);
    }

    /// <summary>A filled polygon.</summary>
    public void Fill(ReadOnlySpan<SKPoint> corners, SKColor color)
    {
        using var path = Polygon(corners, close: true);
        Fill(path, color);
    }

    public void FillCircle(SKPoint center, float radius, SKColor color)
    {
        using var paint = Filling(color);
        Canvas.DrawCircle(center, radius, paint);
    }

    /// <param name="box">The line's middle runs along its edge.</param>
    /// <param name="color">Of the line.</param>
    /// <param name="width">Of the line, in pixels.</param>
    /// <param name="corner">Radius of the corners.</param>
    public void Outline(SKRect box, SKColor color, float width, float corner = 0)
    {
        using var paint = Stroking(color, width);
        Canvas.DrawRoundRect(box, corner, corner, paint);
    }

    public void Outline(SKPath path, SKColor color, float width)
    {
        using var paint = Stroking(color, width);
        Canvas.DrawPath(path, paint);
    }

    /// <summary>An open or closed line through points.</summary>
    public void Outline(ReadOnlySpan<SKPoint> points, SKColor color, float width, bool close = false)
    {
        using var path = Polygon(points, close);
        Outline(path, color, width);
    }

    public void OutlineCircle(SKPoint center, float radius, SKColor color, float width)
    {
        using var paint = Stroking(color, width);
        Canvas.DrawCircle(center, radius, paint);
    }

    public void Line(SKPoint from, SKPoint to, SKColor color, float width, bool isRound = false)
    {
        using var paint = Stroking(color, width);
        if (isRound) paint.StrokeCap = SKStrokeCap.Round;
        Canvas.DrawLine(from, to, paint);
    }

    /// <summary>A line of text.</summary>
    /// <param name="text">Of the signs that <see cref="OutlineFont"/> has.</param>
    /// <param name="at">Where its anchor comes to lie.</param>
    /// <param name="style">Its look.</param>
    /// <param name="anchor">Which point of the text lies there.</param>
    /// <param name="degrees">Turned clockwise about that point.</param>
    public void Text(string text, SKPoint at, Lettering style, Anchor anchor = Anchor.Center, float degrees = 0)
    {
        using var path = style.PathOf(text, at, anchor, degrees);
        using var paint = Filling(style.Color);
        if (style.Weight > 0)
        {
            paint.Style = SKPaintStyle.StrokeAndFill;
            paint.StrokeWidth = style.Weight * style.Size;
            paint.StrokeJoin = SKStrokeJoin.Round;
        }
        Canvas.DrawPath(path, paint);
    }

    /// <summary>In percent of the sides, as points are written.</summary>
    public (double X, double Y) Percent(SKPoint at) => (100.0 * at.X / Width, 100.0 * at.Y / Height);

    /// <summary>What is drawn so far.</summary>
    public RgbImage ToImage()
    {
        Canvas.Flush();
        return Pixels.Read(_bitmap);
    }

    private static SKPath Polygon(ReadOnlySpan<SKPoint> points, bool close)
    {
        using var builder = new SKPathBuilder();
        builder.AddPoly(points, close);
        return builder.Detach();
    }

    private static SKPaint Filling(SKColor color) => new() { Color = color, IsAntialias = true };

    private static SKPaint Stroking(SKColor color, float width) => new()
    {
        Color = color,
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeWidth = width,
        StrokeJoin = SKStrokeJoin.Round,
    };
}
