using Molmo.Demo.Inference.Imaging;
using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>Between the drawing library's bitmaps and the network's pictures.</summary>
internal static class Pixels
{
    public static RgbImage Read(SKBitmap bitmap)
    {
        using var rgba = bitmap.ColorType == SKColorType.Rgba8888 ? null : bitmap.Copy(SKColorType.Rgba8888);
        var source = (rgba ?? bitmap).GetPixelSpan();
        var pixels = new byte[bitmap.Width * bitmap.Height * 3];
        for (int i = 0, j = 0; j < pixels.Length; i += 4, j += 3)
            (pixels[j], pixels[j + 1], pixels[j + 2]) = (source[i], source[i + 1], source[i + 2]);
        return new RgbImage(bitmap.Width, bitmap.Height, pixels);
    }

    /// <returns>To be disposed by the caller.</returns>
    public static unsafe SKBitmap Write(RgbImage picture)
    {
        var bitmap = new SKBitmap(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var target = new Span<byte>((void*)bitmap.GetPixels(), picture.Width * picture.Height * 4);
        for (int i = 0, j = 0; i < target.Length; i += 4, j += 3)
        {
            (target[i], target[i + 1], target[i + 2]) =
                (picture.Pixels[j], picture.Pixels[j + 1], picture.Pixels[j + 2]);
            target[i + 3] = 255;
        }

        return bitmap;
    }
}
