namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Rows and columns of high-resolution crops that a picture is cut into.</summary>
public readonly record struct Tiling(int Rows, int Columns)
{
    /// <summary>High-resolution crops, the overview not counted.</summary>
    public int CropCount => Rows * Columns;

    /// <summary>
    /// The tiling that enlarges a picture least; where every one shrinks it, the one that shrinks it least.
    /// </summary>
    /// <remarks>
    /// A side at or below the margins gives an infinite or negative scale, which the published code does not guard
    /// against: such pictures (5x700) get 1x1. All in float32, as published.
    /// </remarks>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="config">Window and margins.</param>
    /// <param name="maxCrops">Crops at most, 1 or more.</param>
    public static Tiling Choose(int width, int height, PreprocessorConfig config, int maxCrops)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCrops, 1);
        float coreWidth = width - config.MarginPixels, coreHeight = height - config.MarginPixels;
        Tiling enlarging = default, shrinking = default;
        float smallest = float.PositiveInfinity, largest = float.NegativeInfinity;
        for (int count = 1; count <= maxCrops; count++)
        {
            for (int rows = 1; rows <= count; rows++)
            {
                if (count % rows != 0) continue;
                var tiling = new Tiling(rows, count / rows);
                float scale = Math.Min(
                    tiling.Rows * config.WindowPixels / coreHeight, tiling.Columns * config.WindowPixels / coreWidth);
                if (scale >= 1 && (scale < smallest || enlarging.Rows == 0)) (enlarging, smallest) = (tiling, scale);
                if (scale > largest) (shrinking, largest) = (tiling, scale);
            }
        }
        return enlarging.Rows > 0 ? enlarging : shrinking;
    }
}
