using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>How much stands in a scene.</summary>
internal enum SceneLevel
{
    /// <summary>One to three things: from these a network that knows nothing learns to look.</summary>
    Few,

    /// <summary>As in the gallery.</summary>
    Usual,

    /// <summary>More and smaller things, closer to each other.</summary>
    Many,
}

/// <summary>Scenes of one to three kinds of things on a backdrop, with all questions that they answer.</summary>
/// <param name="seed">The same seed and number give the same scene.</param>
/// <param name="scale">Of the picture's sides: 1 gives about 320 pixels.</param>
/// <param name="level">How much stands in a scene.</param>
/// <param name="kinds">Of things; null for all.</param>
internal sealed class SceneGenerator(
    long seed, double scale = 1, SceneLevel level = SceneLevel.Usual, IReadOnlyList<Kind>? kinds = null)
    : IExampleSource
{
    private const int Tries = 40;

    /// <summary>In pixels at scale 1.</summary>
    internal static IReadOnlyList<(int Width, int Height)> Sizes { get; } =
        [(320, 320), (320, 320), (320, 320), (384, 288), (384, 288), (288, 384), (400, 225), (400, 267)];

    private readonly Kind[] _kinds = [.. kinds ?? Kinds.All];

    public long Count => 1_000_000;

    public Example Read(long index)
    {
        var random = SampleRandom.For(seed, $"{level} scenes", index);
        var (width, height) = random.Pick(Sizes);
        var size = new SKSizeI((int)(width * scale), (int)(height * scale));
        using var bitmap = new SKBitmap(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        Backdrop.Draw(canvas, size, random);
        var things = Place(canvas, size, Choose(random), random);
        canvas.Flush();
        var picture = Weathering.Apply(Pixels.Read(bitmap), random);
        return new Example(picture, SceneQuestions.Of(things, _kinds, random)) { Objects = things };
    }

    /// <summary>Kinds with how many of each, all different.</summary>
    private List<(Kind Kind, int Count)> Choose(Random random)
    {
        var draw = random.NextDouble();
        var number = draw < 0.35 ? 1 : draw < 0.75 || level == SceneLevel.Few ? 2 : 3;
        var chosen = new List<(Kind Kind, int Count)>();
        while (chosen.Count < number)
        {
            // One time in four the second kind is a neighbour in the list, such as a square of the same colour.
            var kind = chosen.Count > 0 && random.Next(4) == 0
                ? _kinds[(Array.IndexOf(_kinds, chosen[0].Kind) + random.Next(1, 4)) % _kinds.Length]
                : random.Pick(_kinds);
            if (chosen.Any(item => item.Kind == kind)) continue;
            chosen.Add((kind, DrawCount(number, random)));
        }

        return chosen;
    }

    /// <param name="kinds">In the scene.</param>
    /// <param name="random">Draws the number.</param>
    private int DrawCount(int kinds, Random random) => level switch
    {
        SceneLevel.Few => kinds == 1 ? random.Next(1, 4) : 1,
        SceneLevel.Many => kinds == 1 ? random.Next(5, 16) : random.Next(1, 13),
        _ => kinds == 1 ? random.Next(1, 9) : random.Next(1, 7),
    };

    private List<SceneObject> Place(
        SKCanvas canvas, SKSizeI size, List<(Kind Kind, int Count)> wanted, Random random)
    {
        var total = wanted.Sum(item => item.Count);
        var side = Math.Min(size.Width, size.Height);
        var largest = Math.Clamp((level == SceneLevel.Many ? 0.75 : 0.9) / Math.Sqrt(total), 0.1, 0.42);
        var things = new List<SceneObject>();
        var circles = new List<(double X, double Y, double Radius)>();
        var order = wanted.SelectMany(item => Enumerable.Repeat(item.Kind, item.Count)).ToArray();
        random.Shuffle(order);
        var sizes = wanted.ToDictionary(item => item.Kind, _ => random.NextBetween(Math.Min(0.1, largest), largest));
        foreach (var kind in order)
        {
            var extent = Math.Max(0.075, sizes[kind] * random.NextBetween(0.8, 1.25)) * side;
            if (FindPlace(size, extent * kind.Reach, circles, random) is not var (x, y)) continue;
            circles.Add((x, y, extent * kind.Reach));
            things.Add(Draw(canvas, kind, (x, y), extent, size, random));
        }

        return things;
    }

    /// <summary>Somewhere where it hides little of what is there; null where there is no room.</summary>
    private (double X, double Y)? FindPlace(
        SKSizeI size, double radius, List<(double X, double Y, double Radius)> circles, Random random)
    {
        var overlap = level == SceneLevel.Many ? 0.3 : 0.22;
        return FreePlace.Find(size, radius * 0.85, Tries, IsFree, random);

        bool IsFree(double x, double y) => circles.All(other
            => double.Hypot(x - other.X, y - other.Y) > (radius + other.Radius) * (1 - overlap));
    }

    /// <summary>Draws a thing, turned and perhaps mirrored.</summary>
    /// <param name="canvas">Of the whole picture.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="place">Its centre in pixels.</param>
    /// <param name="extent">Its longer side in pixels.</param>
    /// <param name="size">Of the picture in pixels.</param>
    /// <param name="random">Of turn and shades.</param>
    /// <param name="turnShare">Of the most that its kind turns.</param>
    internal static SceneObject Draw(
        SKCanvas canvas, Kind kind, (double X, double Y) place, double extent, SKSizeI size, Random random,
        double turnShare = 1)
    {
        canvas.Save();
        canvas.Translate((float)place.X, (float)place.Y);
        var turn = (float)(random.NextBetween(-kind.MaxTurn, kind.MaxTurn) * turnShare);
        canvas.RotateDegrees(turn);
        if (random.Next(2) == 0) canvas.Scale(-1, 1);
        var drawn = kind.Draw(canvas, (float)extent, random);
        canvas.Restore();
        var (sine, cosine) = (Math.Abs(Math.Sin(turn * Math.PI / 180)), Math.Cos(turn * Math.PI / 180));
        return new SceneObject(
            kind.Many, place.X * 100 / size.Width, place.Y * 100 / size.Height,
            ((drawn.Width * cosine) + (drawn.Height * sine)) * 100 / size.Width,
            ((drawn.Width * sine) + (drawn.Height * cosine)) * 100 / size.Height);
    }
}
