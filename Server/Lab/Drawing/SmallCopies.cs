using Molmo.Demo.Inference.Imaging;
using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>Copies of a gallery's pictures for places where they are small, as WebP.</summary>
internal static class SmallCopies
{
    private const int ThumbSide = 104;

    private static readonly SKSamplingOptions Smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>Writes <c>NAME.webp</c>, 800 pixels wide, and <c>NAME-240.webp</c>, 240 wide.</summary>
    /// <param name="picture">The whole picture.</param>
    /// <param name="folder">Of the copies.</param>
    /// <param name="name">Of the picture's file, without its ending.</param>
    public static void Write(RgbImage picture, string folder, string name)
    {
        using var whole = Pixels.Write(picture);
        foreach (var (width, quality, ending) in ((int, int, string)[])[(800, 72, ""), (240, 75, "-240")])
        {
            using var small = whole.Resize(
                new SKSizeI(width, width * picture.Height / picture.Width), Smooth);
            Save(small, quality, Path.Combine(folder, $"{name}{ending}.webp"));
        }
    }

    /// <summary>Writes the middles of some pictures in a row, 104 pixels square each.</summary>
    /// <param name="pictures">From the left.</param>
    /// <param name="path">Of the file.</param>
    public static void WriteReel(IReadOnlyList<RgbImage> pictures, string path)
    {
        using var reel = new SKBitmap(
            ThumbSide * pictures.Count, ThumbSide, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(reel))
        {
            foreach (var (i, picture) in pictures.Index())
            {
                var side = Math.Min(picture.Width, picture.Height);
                using var middle = Pixels.Write(
                    picture.Crop((picture.Width - side) / 2, (picture.Height - side) / 2, side, side));
                using var image = SKImage.FromBitmap(middle);
                canvas.DrawImage(image, SKRect.Create(i * ThumbSide, 0, ThumbSide, ThumbSide), Smooth);
            }
        }

        Save(reel, quality: 75, path);
    }

    private static void Save(SKBitmap picture, int quality, string path)
    {
        using var file = picture.Encode(SKEncodedImageFormat.Webp, quality);
        using var stream = File.Create(path);
        file.SaveTo(stream);
    }
}
