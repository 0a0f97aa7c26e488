using Molmo.Demo.Lab.Drawing;
using SkiaSharp;
using static Molmo.Demo.Lab.Data.Scenes.Backdrop;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Drawn blood smears: red cells, white cells with purple nuclei, platelets.</summary>
/// <param name="seed">The same seed and number give the same picture.</param>
/// <param name="scale">Of the picture's sides: 1 gives 320 by 240 pixels.</param>
/// <param name="isWeathered">Whether some are noisy, darker or compressed.</param>
internal sealed class MicroscopeGenerator(long seed, double scale = 1, bool isWeathered = true) : IExampleSource
{
    private const int Tries = 30;

    public long Count => 1_000_000;

    public Example Read(long index)
    {
        var random = SampleRandom.For(seed, "microscope", index);
        var size = new SKSizeI((int)(320 * scale), (int)(240 * scale));
        using var bitmap = new SKBitmap(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Colour(random, (20, 90), (3, 20), (74, 90)));
        var things = new List<SceneObject>();
        var red = Colour(random, (0, 25), (18, 50), (62, 74));
        var radius = size.Width * random.NextBetween(0.055, 0.09);
        var cells = random.Next(4, 24);
        for (var i = 0; i < cells; i++)
            AddRed(canvas, size, radius * random.NextBetween(0.85, 1.15), red, things, random);
        var whites = random.Next(10) switch { < 1 => 0, < 9 => 1, _ => 2 };
        for (var i = 0; i < whites; i++) AddWhite(canvas, size, radius * random.NextBetween(1.1, 1.7), things, random);
        var platelets = random.Next(3) == 0 ? 0 : random.Next(1, 5);
        for (var i = 0; i < platelets; i++)
            AddPlatelet(canvas, size, radius * random.NextBetween(0.22, 0.42), things, random);
        canvas.Flush();
        var drawn = Pixels.Read(bitmap);
        var picture = isWeathered ? Weathering.Apply(drawn, random) : drawn;
        return new Example(picture, SceneQuestions.Of(things, Kinds.Cells, random)) { Objects = things };
    }

    private static void AddRed(
        SKCanvas canvas, SKSizeI size, double radius, SKColor colour, List<SceneObject> things, Random random)
    {
        if (FindPlace(size, radius, things, 0.62, random) is not var (x, y)) return;
        var (wide, high) = (radius * random.NextBetween(0.88, 1.12), radius * random.NextBetween(0.88, 1.12));
        var place = new SKPoint((float)x, (float)y);
        var pale = new SKColor(
            (byte)Math.Min(255, colour.Red + 28), (byte)Math.Min(255, colour.Green + 34),
            (byte)Math.Min(255, colour.Blue + 34));
        using var shader = random.Next(3) == 0
            ? SKShader.CreateColor(colour)
            : SKShader.CreateRadialGradient(
                place, (float)radius, [pale, colour, colour.WithAlpha(235)], [0.15f, 0.6f, 1], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader, IsAntialias = true };
        canvas.DrawOval(place, new SKSize((float)wide, (float)high), paint);
        using var rim = new SKPaint
        {
            Color = new SKColor((byte)(colour.Red * 0.85), (byte)(colour.Green * 0.78), (byte)(colour.Blue * 0.8), 150),
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = Math.Max(1, (float)radius * 0.07f),
        };
        canvas.DrawOval(place, new SKSize((float)wide, (float)high), rim);
        things.Add(Thing(Kinds.Cells[0].Many, x, y, wide, high, size));
    }

    private static void AddWhite(
        SKCanvas canvas, SKSizeI size, double radius, List<SceneObject> things, Random random)
    {
        if (FindPlace(size, radius, things, 0.75, random) is not var (x, y)) return;
        using var body = new SKPaint
        {
            Color = Colour(random, (260, 340), (15, 45), (74, 86)),
            IsAntialias = true,
        };
        canvas.DrawCircle((float)x, (float)y, (float)radius, body);
        using var nucleus = new SKPaint
        {
            Color = Colour(random, (235, 290), (40, 75), (38, 60)),
            IsAntialias = true,
        };
        var lobes = random.Next(1, 5);
        for (var i = 0; i < lobes; i++)
        {
            var (angle, away) = (random.NextBetween(0, 2 * Math.PI), lobes == 1 ? 0.1 : 0.42);
            canvas.DrawCircle(
                (float)(x + (Math.Cos(angle) * radius * away)), (float)(y + (Math.Sin(angle) * radius * away)),
                (float)(radius * (lobes == 1 ? random.NextBetween(0.55, 0.8) : random.NextBetween(0.32, 0.48))),
                nucleus);
        }

        things.Add(Thing(Kinds.Cells[1].Many, x, y, radius, radius, size));
    }

    private static void AddPlatelet(
        SKCanvas canvas, SKSizeI size, double radius, List<SceneObject> things, Random random)
    {
        if (FindPlace(size, radius, things, 1.05, random) is not var (x, y)) return;
        using var paint = new SKPaint
        {
            Color = Colour(random, (250, 320), (20, 50), (48, 66)),
            IsAntialias = true,
        };
        canvas.DrawOval(
            new SKPoint((float)x, (float)y),
            new SKSize((float)radius, (float)(radius * random.NextBetween(0.7, 1))), paint);
        things.Add(Thing(Kinds.Cells[2].Many, x, y, radius, radius, size));
    }

    private static SceneObject Thing(string label, double x, double y, double wide, double high, SKSizeI size)
        => new(
            label, x * 100 / size.Width, y * 100 / size.Height, wide * 200 / size.Width, high * 200 / size.Height);

    private static (double X, double Y)? FindPlace(
        SKSizeI size, double radius, List<SceneObject> things, double least, Random random)
    {
        return FreePlace.Find(size, radius * 0.4, Tries, IsFree, random);

        bool IsFree(double x, double y) => things.All(other
            => double.Hypot(x - (other.X / 100 * size.Width), y - (other.Y / 100 * size.Height))
                > (radius + (other.Width / 200 * size.Width)) * least);
    }
}
