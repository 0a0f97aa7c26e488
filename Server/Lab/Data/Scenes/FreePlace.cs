using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Finds room for one more thing.</summary>
internal static class FreePlace
{
    /// <param name="size">Of the picture, in pixels.</param>
    /// <param name="inset">Pixels that the middle keeps from the sides.</param>
    /// <param name="tries">Places looked at.</param>
    /// <param name="isFree">Whether a thing may stand at a distance: x and y in pixels.</param>
    /// <param name="random">Draws the places.</param>
    /// <returns>In pixels; null where no place was free.</returns>
    public static (double X, double Y)? Find(
        SKSizeI size, double inset, int tries, Func<double, double, bool> isFree, Random random)
    {
        for (var i = 0; i < tries; i++)
        {
            var (x, y) = (
                random.NextBetween(inset, size.Width - inset), random.NextBetween(inset, size.Height - inset));
            if (isFree(x, y)) return (x, y);
        }

        return null;
    }
}
