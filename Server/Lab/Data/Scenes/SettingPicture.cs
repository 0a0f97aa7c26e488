using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Draws things in a setting: what is farther down lies before what is above.</summary>
internal static class SettingPicture
{
    private const int Tries = 400;

    /// <param name="setting">Where they are.</param>
    /// <param name="size">In pixels.</param>
    /// <param name="wanted">What, and how many of each.</param>
    /// <param name="random">Of shades, sizes and places.</param>
    /// <returns>The picture, and what found room in it.</returns>
    public static (RgbImage Picture, IReadOnlyList<SceneObject> Things) Draw(
        Setting setting, SKSizeI size, IReadOnlyList<(Kind Kind, int Count)> wanted, Random random)
    {
        using var bitmap = new SKBitmap(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        setting.Draw(canvas, size, random);
        var places = Place(setting, size, wanted, random);
        var things = new List<SceneObject>();
        foreach (var place in places.OrderBy(place => place.Y + (place.Extent / 2)))
        {
            if (setting.HasShadows && (setting.Ground == 0 || setting.IsOnGround(place.Kind))) Shade(canvas, place);
            things.Add(SceneGenerator.Draw(
                canvas, place.Kind, (place.X, place.Y), place.Extent, size, random,
                turnShare: setting.IsOnGround(place.Kind) ? 0.25 : 0.8));
        }

        canvas.Flush();
        return (Pixels.Read(bitmap), things);
    }

    private static List<Placed> Place(
        Setting setting, SKSizeI size, IReadOnlyList<(Kind Kind, int Count)> wanted, Random random)
    {
        var total = wanted.Sum(item => item.Count);
        var side = Math.Min(size.Width, size.Height);
        var room = setting.Ground > 0 && wanted.All(item => setting.IsOnGround(item.Kind)) ? 0.8 : 0.95;
        var largest = Math.Clamp(room * 0.85 / Math.Sqrt(total), 0.1, 0.34);
        var places = new List<Placed>();
        foreach (var (kind, count) in wanted)
        {
            var share = random.NextBetween(Math.Max(0.09, 0.6 * largest), largest);
            for (var i = 0; i < count; i++)
                if (Find(kind, share * random.NextBetween(0.85, 1.15)) is { } place) places.Add(place);
        }

        return places;

        Placed? Find(Kind kind, double share)
        {
            var stands = setting.IsOnGround(kind);
            var ground = setting.Ground * size.Height;
            var placed = default(Placed);
            return FreePlace.Find(size, share * side * 0.45, Tries, IsFree, random) is null ? null : placed;

            bool IsFree(double x, double y)
            {
                var extent = share * side;
                if (stands)
                {
                    var foot = (y + (extent / 2) - ground) / (size.Height - ground);
                    if (foot < 0.1) return false;
                    extent *= 0.75 + (0.4 * foot);
                }

                placed = new Placed(kind, x, y, extent);
                return places.All(other => double.Hypot(x - other.X, y - other.Y)
                    > 0.85 * ((extent * kind.Reach) + (other.Extent * other.Kind.Reach)));
            }
        }
    }

    /// <summary>A soft dark patch at the foot.</summary>
    private static void Shade(SKCanvas canvas, Placed place)
    {
        var (width, height) = ((float)place.Extent * 0.42f, (float)place.Extent * 0.1f);
        using var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, height * 0.5f);
        using var paint = new SKPaint { Color = new SKColor(20, 25, 45, 80), MaskFilter = blur, IsAntialias = true };
        canvas.DrawOval(
            new SKPoint((float)place.X, (float)(place.Y + (place.Extent * 0.45))), new SKSize(width, height), paint);
    }

    private readonly record struct Placed(Kind Kind, double X, double Y, double Extent);
}
