using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Images;

/// <summary>A rectangle of a picture, in percent of its width and height: what a question asks about alone.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">From the left edge to the right one.</param>
/// <param name="Height">From the upper edge to the lower one.</param>
public sealed record ImageRegion(double X, double Y, double Width, double Height)
{
    /// <summary>Percents are kept to this many decimals: below a tenth of a pixel of the largest picture.</summary>
    private const int Decimals = 4;

    // Edges that were computed may miss the picture's own by a rounding.
    private const double Tolerance = 1e-3;

    /// <summary>Whether it is a rectangle within the picture.</summary>
    [JsonIgnore]
    public bool IsValid
        => X >= 0 && Y >= 0 && Width > 0 && Height > 0 && X + Width <= 100 + Tolerance && Y + Height <= 100 + Tolerance;

    /// <summary>A square around a place, moved to lie within the picture.</summary>
    /// <param name="x">Percent of the width.</param>
    /// <param name="y">Percent of the height.</param>
    /// <param name="share">Its side as a part of the picture's longer one; not more than the shorter one.</param>
    /// <param name="width">Pixels of the picture.</param>
    /// <param name="height">Pixels of the picture.</param>
    public static ImageRegion Around(double x, double y, double share, int width, int height)
    {
        var side = Math.Min(Math.Max(width, height) * share, Math.Min(width, height));
        var (w, h) = (100 * side / width, 100 * side / height);
        return new ImageRegion(Math.Clamp(x - (w / 2), 0, 100 - w), Math.Clamp(y - (h / 2), 0, 100 - h), w, h)
            .OnPixelsOf(width, height);
    }

    /// <summary>The part of a picture of this size that is cut out, in whole pixels; at least one each way.</summary>
    public (int Left, int Top, int Width, int Height) PixelsOf(int width, int height)
    {
        var (left, right) = Edges(X, Width, width);
        var (top, bottom) = Edges(Y, Height, height);
        return (left, top, right - left, bottom - top);
    }

    /// <summary>
    /// The same part with its edges on edges of pixels, so that places in what is cut out map back exactly.
    /// </summary>
    public ImageRegion OnPixelsOf(int width, int height)
    {
        var (left, top, w, h) = PixelsOf(width, height);
        return new ImageRegion(100.0 * left / width, 100.0 * top / height, 100.0 * w / width, 100.0 * h / height);
    }

    /// <summary>A place given in percent of this part, in percent of the whole picture.</summary>
    public ImagePoint ToImage(ImagePoint point)
        => point with { X = Along(X, Width, point.X), Y = Along(Y, Height, point.Y) };

    private static double Along(double from, double length, double percent)
        => Math.Clamp(Math.Round(from + (length * percent / 100), Decimals), 0, 100);

    private static (int From, int To) Edges(double from, double length, int pixels)
    {
        var first = Math.Clamp((int)Math.Round(from / 100 * pixels), 0, pixels - 1);
        return (first, Math.Clamp((int)Math.Round((from + length) / 100 * pixels), first + 1, pixels));
    }
}
