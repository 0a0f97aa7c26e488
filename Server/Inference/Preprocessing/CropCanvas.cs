namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>A canvas that is cut into overlapping crops, and these into patches.</summary>
/// <param name="Placement">Where the scaled picture lies on it.</param>
/// <param name="Tiling">Rows and columns of crops.</param>
/// <param name="FirstCrop">Index of the first of them among all crops of the picture.</param>
/// <param name="Config">Sizes of crop, step and patch.</param>
internal sealed record CropCanvas(Placement Placement, Tiling Tiling, int FirstCrop, PreprocessorConfig Config)
{
    /// <summary>Values a patch.</summary>
    private int PatchLength => Config.PatchSize * Config.PatchSize * 3;

    /// <summary>Copies a row of the canvas into all crops that show it.</summary>
    /// <param name="row">[CanvasWidth, 3].</param>
    /// <param name="y">Which row.</param>
    /// <param name="patches">[crops, patches, patch size squared times 3], of the whole picture.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scatter(ReadOnlySpan<float> row, int y, Span<float> patches)
    {
        int side = Config.PatchSide, run = Config.PatchSize * 3;
        for (int cropRow = 0; cropRow < Tiling.Rows; cropRow++)
        {
            int inCrop = y - cropRow * Config.WindowPixels;
            if (inCrop < 0 || inCrop >= Config.BaseSize) continue;
            for (int cropColumn = 0; cropColumn < Tiling.Columns; cropColumn++)
            {
                int crop = FirstCrop + cropRow * Tiling.Columns + cropColumn;
                int patch = (crop * side + inCrop / Config.PatchSize) * side;
                var source = row.Slice(cropColumn * Config.WindowPixels * 3, Config.BaseSize * 3);
                int destination = patch * PatchLength + inCrop % Config.PatchSize * run;
                for (int column = 0; column < side; column++)
                    source.Slice(column * run, run).CopyTo(patches[(destination + column * PatchLength)..]);
            }
        }
    }

    /// <summary>The share of each patch that is picture, not padding: [crops, patches].</summary>
    public void WriteShares(Span<float> shares)
    {
        int side = Config.PatchSide, next = 0;
        for (int cropRow = 0; cropRow < Tiling.Rows; cropRow++)
            for (int cropColumn = 0; cropColumn < Tiling.Columns; cropColumn++)
                for (int row = 0; row < side; row++)
                {
                    int height = Overlap(
                        cropRow * Config.WindowPixels + row * Config.PatchSize, Placement.Top, Placement.Height);
                    for (int column = 0; column < side; column++)
                    {
                        int width = Overlap(cropColumn * Config.WindowPixels + column * Config.PatchSize,
                            Placement.Left, Placement.Width);
                        shares[next++] = (float)(height * width) / (Config.PatchSize * Config.PatchSize);
                    }
                }
    }

    private int Overlap(int patchStart, int start, int length)
        => Math.Max(0, Math.Min(patchStart + Config.PatchSize, start + length) - Math.Max(patchStart, start));
}

/// <summary>Where a picture, scaled to fit, lies on a larger canvas; what is left is padding.</summary>
/// <param name="CanvasWidth">Pixels.</param>
/// <param name="CanvasHeight">Pixels.</param>
/// <param name="Width">Scaled picture, pixels.</param>
/// <param name="Height">Scaled picture, pixels.</param>
internal readonly record struct Placement(int CanvasWidth, int CanvasHeight, int Width, int Height)
{
    /// <summary>Padding at the left; what is odd lies at the right.</summary>
    public int Left => (CanvasWidth - Width) / 2;

    /// <summary>Padding at the top; what is odd lies at the bottom.</summary>
    public int Top => (CanvasHeight - Height) / 2;

    /// <summary>Scales with the aspect kept.</summary>
    /// <remarks>
    /// Each step rounded to float32, then cut off: exact arithmetic gives another size for one picture in twenty
    /// (golden <c>geometry_table.json</c>). A side that would vanish keeps one pixel, where the published code fails.
    /// </remarks>
    public static Placement Fit(int width, int height, int canvasWidth, int canvasHeight)
    {
        float scale = Math.Min((float)canvasHeight / height, (float)canvasWidth / width);
        return new Placement(
            canvasWidth, canvasHeight, Math.Max((int)(width * scale), 1), Math.Max((int)(height * scale), 1));
    }
}
