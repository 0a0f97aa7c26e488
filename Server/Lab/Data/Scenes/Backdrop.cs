using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>What lies behind a scene's things.</summary>
internal static class Backdrop
{
    /// <summary>One colour, a gradient, soft clouds of colour, or bands.</summary>
    public static void Draw(SKCanvas canvas, SKSizeI size, Random random)
    {
        var style = random.NextDouble();
        using var paint = new SKPaint { IsAntialias = true };
        if (style < 0.2)
        {
            canvas.Clear(Colour(random));
            return;
        }

        if (style < 0.6)
        {
            var isAcross = random.Next(2) == 0;
            var (from, to) = style < 0.5
                ? (new SKPoint(0, 0), isAcross ? new SKPoint(size.Width, 0) : new SKPoint(0, size.Height))
                : (new SKPoint(0, 0), new SKPoint(size.Width, size.Height));
            using var shader = SKShader.CreateLinearGradient(
                from, to, [Colour(random), Colour(random)], SKShaderTileMode.Clamp);
            paint.Shader = shader;
            canvas.DrawPaint(paint);
            return;
        }

        if (style < 0.9)
        {
            DrawClouds(canvas, size, random);
            return;
        }

        canvas.Clear(Colour(random));
        paint.Color = Colour(random);
        var width = (float)random.NextBetween(0.04, 0.15) * size.Width;
        for (var x = (float)random.NextDouble() * width; x < size.Width; x += 2 * width)
            canvas.DrawRect(x, 0, width, size.Height, paint);
    }

    /// <summary>Hue in degrees, saturation and lightness in percent.</summary>
    public static SKColor Colour(
        Random random, (double Least, double Most) hue, (double Least, double Most) saturation,
        (double Least, double Most) lightness)
        => SKColor.FromHsl(
            (float)random.NextBetween(hue.Least, hue.Most),
            (float)random.NextBetween(saturation.Least, saturation.Most),
            (float)random.NextBetween(lightness.Least, lightness.Most));

    private static SKColor Colour(Random random) => Colour(random, (0, 360), (5, 95), (45, 92));

    private static void DrawClouds(SKCanvas canvas, SKSizeI size, Random random)
    {
        var (columns, rows) = (random.Next(3, 10), random.Next(3, 10));
        var centre = Colour(random);
        var spread = random.Next(20, 90);
        using var grid = new SKBitmap(columns, rows, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < rows; y++)
            for (var x = 0; x < columns; x++)
                grid.SetPixel(x, y, new SKColor(Near(centre.Red), Near(centre.Green), Near(centre.Blue)));
        using var image = SKImage.FromBitmap(grid);
        canvas.DrawImage(
            image, SKRect.Create(size.Width, size.Height), new SKSamplingOptions(SKCubicResampler.Mitchell));

        byte Near(byte value) => (byte)Math.Clamp(value + random.Next(-spread, spread + 1), 0, 255);
    }
}
