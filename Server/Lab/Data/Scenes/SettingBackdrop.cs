using SkiaSharp;
using static Molmo.Demo.Lab.Data.Scenes.Backdrop;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Draws the settings. Nothing in them looks like a thing that is asked for.</summary>
internal static class SettingBackdrop
{
    public static void Ice(SKCanvas canvas, SKSizeI size, Random random)
    {
        Sky(canvas, size,
            Colour(random, (190, 225), (45, 80), (70, 80)), Colour(random, (190, 225), (40, 70), (88, 93)));
        using var far = Fill(Colour(random, (200, 225), (25, 45), (80, 88)));
        for (var i = 0; i < 3; i++) Iceberg(canvas, size, far, random);
        Band(canvas, size, 0.27, Colour(random, (195, 215), (40, 60), (48, 62)));
        Hills(canvas, size, 0.34, 0.012, Colour(random, (195, 215), (30, 50), (91, 94)), random);
        for (var i = 0; i < 4; i++)
        {
            var y = 0.45 + (0.15 * i);
            Hills(canvas, size, y, 0.02, Colour(random, (200, 220), (30, 50), (93 - i, 95 - i)), random);
        }
    }

    public static void Sea(SKCanvas canvas, SKSizeI size, Random random)
    {
        Sky(canvas, size,
            Colour(random, (178, 200), (55, 75), (62, 72)), Colour(random, (200, 222), (50, 70), (26, 40)));
        using var light = Fill(new SKColor(255, 255, 255, 26));
        for (var i = 0; i < 4; i++)
        {
            var (x, width) = (random.NextBetween(-0.1, 1), random.NextBetween(0.05, 0.12));
            Polygon(canvas, size, light, (x, 0), (x + width, 0), (x + (2.4 * width), 1), (x + (0.6 * width), 1));
        }

        Hills(canvas, size, 0.9, 0.015, Colour(random, (38, 46), (35, 50), (66, 76)), random);
        for (var i = random.Next(3, 7); i > 0; i--) Weed(canvas, size, random);
        using var bubble = Stroke(new SKColor(255, 255, 255, 110), size.Height * 0.004f);
        for (var i = 0; i < 9; i++)
            canvas.DrawCircle(
                size.Width * (float)random.NextDouble(), size.Height * (float)random.NextBetween(0.05, 0.85),
                size.Height * (float)random.NextBetween(0.005, 0.013), bubble);
    }

    public static void Meadow(SKCanvas canvas, SKSizeI size, Random random)
    {
        Sky(canvas, size,
            Colour(random, (190, 215), (60, 85), (66, 78)), Colour(random, (35, 60), (50, 90), (88, 94)));
        for (var i = random.Next(1, 4); i > 0; i--) Cloud(canvas, size, random);
        var hue = random.NextBetween(85, 125);
        foreach (var (i, y) in ((double[])[0.3, 0.36, 0.52, 0.74]).Index())
            Hills(
                canvas, size, y, i < 2 ? 0.05 : 0.03,
                Colour(random, (hue - 6, hue + 6), (35, 50), (66 - (i * 6), 70 - (i * 6))), random);
        using var blade = Stroke(Colour(random, (hue, hue + 15), (40, 55), (38, 44)), size.Height * 0.004f);
        for (var i = 0; i < 40; i++)
        {
            var (x, y) = (size.Width * (float)random.NextDouble(), size.Height * (float)random.NextBetween(0.42, 1));
            var high = size.Height * 0.018f;
            canvas.DrawLine(x, y, x - (high / 2), y - high, blade);
            canvas.DrawLine(x, y, x + (high / 2), y - high, blade);
        }
    }

    public static void Street(SKCanvas canvas, SKSizeI size, Random random)
    {
        Sky(canvas, size,
            Colour(random, (15, 280), (40, 60), (72, 82)), Colour(random, (20, 45), (60, 90), (84, 90)));
        var hue = random.NextBetween(215, 270);
        for (var x = -0.05; x < 1;)
        {
            var (width, top) = (random.NextBetween(0.1, 0.2), random.NextBetween(0.12, 0.34));
            using var wall = Fill(Colour(random, (hue - 10, hue + 10), (12, 24), (56, 70)));
            canvas.DrawRect(
                size.Width * (float)x, size.Height * (float)top, size.Width * (float)width, size.Height, wall);
            x += width + random.NextBetween(-0.01, 0.03);
        }

        Band(canvas, size, 0.46, Colour(random, (30, 50), (6, 14), (72, 80)));
        Band(canvas, size, 0.54, Colour(random, (220, 250), (4, 10), (40, 50)));
        using var mark = Fill(new SKColor(245, 245, 235, 170));
        var shift = random.NextDouble() * 0.16;
        for (var x = -shift; x < 1; x += 0.16)
            Polygon(canvas, size, mark, (x, 0.765), (x + 0.08, 0.765), (x + 0.075, 0.785), (x - 0.005, 0.785));
    }

    public static void Table(SKCanvas canvas, SKSizeI size, Random random)
    {
        canvas.Clear(Colour(random, (0, 360), (20, 60), (90, 95)));
        using var stripe = Fill(Colour(random, (0, 360), (30, 60), (60, 75)).WithAlpha(70));
        var width = size.Height * (float)random.NextBetween(0.05, 0.09);
        for (var x = 0f; x < size.Width; x += 2 * width) canvas.DrawRect(x, 0, width, size.Height, stripe);
        for (var y = 0f; y < size.Height; y += 2 * width) canvas.DrawRect(0, y, size.Width, width, stripe);
    }

    public static void Night(SKCanvas canvas, SKSizeI size, Random random)
    {
        Sky(canvas, size,
            Colour(random, (225, 250), (45, 65), (14, 22)), Colour(random, (245, 330), (35, 55), (38, 50)));
        using var dot = Fill(new SKColor(255, 255, 240, 190));
        for (var i = 0; i < 60; i++)
            canvas.DrawCircle(
                size.Width * (float)random.NextDouble(), size.Height * 0.8f * (float)random.NextDouble(),
                size.Height * (float)random.NextBetween(0.001, 0.003), dot);
        Hills(canvas, size, 0.86, 0.05, Colour(random, (225, 260), (30, 45), (16, 22)), random);
        Hills(canvas, size, 0.93, 0.04, Colour(random, (225, 260), (30, 45), (9, 14)), random);
    }

    public static void Paper(SKCanvas canvas, SKSizeI size, Random random)
    {
        canvas.Clear(Colour(random, (30, 60), (30, 70), (93, 97)));
        using var line = Stroke(Colour(random, (180, 230), (30, 50), (72, 82)), Math.Max(1, size.Height * 0.002f));
        var step = size.Height * (float)random.NextBetween(0.045, 0.07);
        for (var x = step / 2; x < size.Width; x += step) canvas.DrawLine(x, 0, x, size.Height, line);
        for (var y = step / 2; y < size.Height; y += step) canvas.DrawLine(0, y, size.Width, y, line);
    }

    private static void Iceberg(SKCanvas canvas, SKSizeI size, SKPaint paint, Random random)
    {
        var (x, width, top) = (random.NextDouble(), random.NextBetween(0.1, 0.22), random.NextBetween(0.12, 0.22));
        Polygon(
            canvas, size, paint, (x - width, 0.28), (x - (0.4 * width), top + 0.03), (x, top),
            (x + (0.3 * width), top + 0.06), (x + width, 0.28));
    }

    private static void Weed(SKCanvas canvas, SKSizeI size, Random random)
    {
        using var paint = Stroke(Colour(random, (110, 165), (30, 50), (28, 42)), size.Height * 0.012f);
        using var outline = new SKPathBuilder();
        var (x, y) = (size.Width * (float)random.NextDouble(), size.Height * 0.96f);
        var (step, sway) = (size.Height * (float)random.NextBetween(0.02, 0.05), size.Height * 0.014f);
        outline.MoveTo(x, y);
        for (var i = 1; i <= 4; i++)
            outline.QuadTo(x + (i % 2 == 0 ? sway : -sway), y - ((i - 0.5f) * step), x, y - (i * step));
        using var path = outline.Detach();
        canvas.DrawPath(path, paint);
    }

    private static void Cloud(SKCanvas canvas, SKSizeI size, Random random)
    {
        using var paint = Fill(new SKColor(255, 255, 255, 175));
        var (x, y) = (size.Width * (float)random.NextDouble(), size.Height * (float)random.NextBetween(0.06, 0.2));
        var unit = size.Height * (float)random.NextBetween(0.03, 0.05);
        canvas.DrawOval(x, y, 2.2f * unit, 0.7f * unit, paint);
        canvas.DrawOval(x - (0.7f * unit), y - (0.5f * unit), unit, 0.8f * unit, paint);
        canvas.DrawOval(x + (0.6f * unit), y - (0.6f * unit), 1.2f * unit, unit, paint);
    }

    private static void Sky(SKCanvas canvas, SKSizeI size, SKColor above, SKColor below)
    {
        using var shader = SKShader.CreateLinearGradient(
            new SKPoint(0, 0), new SKPoint(0, size.Height), [above, below], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawPaint(paint);
    }

    private static void Band(SKCanvas canvas, SKSizeI size, double top, SKColor colour)
    {
        using var paint = Fill(colour);
        canvas.DrawRect(0, size.Height * (float)top, size.Width, size.Height, paint);
    }

    /// <summary>All below a line that goes up and down.</summary>
    /// <param name="canvas">Of the whole picture.</param>
    /// <param name="size">Of the picture in pixels.</param>
    /// <param name="top">The line's middle, as a share of the height.</param>
    /// <param name="rise">How far it goes up and down, as a share of the height.</param>
    /// <param name="colour">Of what lies below.</param>
    /// <param name="random">Of the line.</param>
    private static void Hills(
        SKCanvas canvas, SKSizeI size, double top, double rise, SKColor colour, Random random)
    {
        using var paint = Fill(colour);
        var (start, waves) = (random.NextDouble() * Math.Tau, random.NextBetween(0.7, 1.8));
        (double X, double Y)[] line =
        [
            .. Enumerable.Range(0, 41).Select(i => i / 40d)
                .Select(x => (x, top + (rise * Math.Sin(start + (x * waves * Math.Tau))))),
        ];
        Polygon(canvas, size, paint, [.. line, (1, 1), (0, 1)]);
    }

    private static void Polygon(SKCanvas canvas, SKSizeI size, SKPaint paint, params (double X, double Y)[] corners)
    {
        using var outline = new SKPathBuilder();
        foreach (var (i, (x, y)) in corners.Index())
        {
            var corner = new SKPoint(size.Width * (float)x, size.Height * (float)y);
            if (i == 0) outline.MoveTo(corner);
            else outline.LineTo(corner);
        }

        outline.Close();
        using var path = outline.Detach();
        canvas.DrawPath(path, paint);
    }

    private static SKPaint Fill(SKColor colour) => new() { Color = colour, IsAntialias = true };

    private static SKPaint Stroke(SKColor colour, float width)
        => new() { Color = colour, IsAntialias = true, IsStroke = true, StrokeWidth = width };
}
