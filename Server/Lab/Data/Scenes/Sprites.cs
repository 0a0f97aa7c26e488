using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>The emoji font's drawings, which lie in the program.</summary>
internal static class Sprites
{
    /// <param name="name">Of the file, without its ending.</param>
    /// <returns>Without the empty border that glyphs have.</returns>
    public static SKImage Read(string name)
    {
        using var file = typeof(Sprites).Assembly.GetManifestResourceStream($"Sprites/{name}.png")
            ?? throw new ArgumentException($"There is no drawing {name}.", nameof(name));
        using var whole = SKBitmap.Decode(file);
        var (left, top, right, bottom) = (whole.Width, whole.Height, 0, 0);
        for (var y = 0; y < whole.Height; y++)
        {
            for (var x = 0; x < whole.Width; x++)
            {
                if (whole.GetPixel(x, y).Alpha < 32) continue;
                (left, top) = (Math.Min(left, x), Math.Min(top, y));
                (right, bottom) = (Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            }
        }

        using var image = SKImage.FromBitmap(whole);
        return image.Subset(new SKRectI(left, top, right, bottom));
    }
}
