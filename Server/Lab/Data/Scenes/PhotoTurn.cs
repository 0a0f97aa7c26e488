using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>A photograph mirrored, turned by quarters and cut, with its objects.</summary>
/// <param name="Quarters">Turns by 90 degrees.</param>
/// <param name="IsMirrored">Left for right, before the turn.</param>
/// <param name="Kept">Share of each side that is kept.</param>
/// <param name="Left">Of what is kept, as a share of the whole.</param>
/// <param name="Top">Of what is kept, as a share of the whole.</param>
internal readonly record struct PhotoTurn(int Quarters, bool IsMirrored, double Kept, double Left, double Top)
{
    public static PhotoTurn Draw(Random random)
    {
        var kept = random.Next(2) == 0 ? 1 : random.NextBetween(0.6, 1);
        return new PhotoTurn(
            random.Next(4), random.Next(2) == 0, kept, random.NextBetween(0, 1 - kept),
            random.NextBetween(0, 1 - kept));
    }

    public (RgbImage Picture, IReadOnlyList<SceneObject> Things) Apply(
        RgbImage picture, IReadOnlyList<SceneObject> things)
    {
        var (width, height) = (picture.Width, picture.Height);
        var isUpright = Quarters % 2 == 0;
        var size = new SKSizeI(
            (int)((isUpright ? width : height) * Kept), (int)((isUpright ? height : width) * Kept));
        var matrix = SKMatrix.CreateTranslation(-width / 2f, -height / 2f);
        if (IsMirrored) matrix = matrix.PostConcat(SKMatrix.CreateScale(-1, 1));
        matrix = matrix.PostConcat(SKMatrix.CreateRotationDegrees(90 * Quarters));
        var (turnedWidth, turnedHeight) = (isUpright ? width : height, isUpright ? height : width);
        matrix = matrix.PostConcat(SKMatrix.CreateTranslation(
            (float)((turnedWidth / 2.0) - (Left * turnedWidth)), (float)((turnedHeight / 2.0) - (Top * turnedHeight))));
        using var bitmap = new SKBitmap(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        using var source = Pixels.Write(picture);
        using var image = SKImage.FromBitmap(source);
        canvas.SetMatrix(matrix);
        canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKFilterMode.Linear));
        canvas.Flush();
        return (Pixels.Read(bitmap), Moved(things, matrix, new SKSizeI(width, height), size));
    }

    /// <summary>Those whose centre is still there, their boxes cut at the sides.</summary>
    private static List<SceneObject> Moved(
        IReadOnlyList<SceneObject> things, SKMatrix matrix, SKSizeI from, SKSizeI to)
    {
        var kept = new List<SceneObject>();
        foreach (var thing in things)
        {
            var box = matrix.MapRect(SKRect.Create(
                (float)((thing.X - (thing.Width / 2)) / 100 * from.Width),
                (float)((thing.Y - (thing.Height / 2)) / 100 * from.Height),
                (float)(thing.Width / 100 * from.Width), (float)(thing.Height / 100 * from.Height)));
            var seen = SKRect.Intersect(box, SKRect.Create(to.Width, to.Height));
            // People who annotate a photograph mark what they see of a thing, where that is enough to know it.
            if (seen.IsEmpty || seen.Width * seen.Height < 0.35f * box.Width * box.Height) continue;
            kept.Add(new SceneObject(
                thing.Label, seen.MidX * 100 / to.Width, seen.MidY * 100 / to.Height, seen.Width * 100 / to.Width,
                seen.Height * 100 / to.Height));
        }

        return kept;
    }
}
