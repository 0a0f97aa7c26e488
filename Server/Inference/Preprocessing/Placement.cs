namespace Molmo.Demo.Inference.Preprocessing;

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
    /// Each step rounded to float32, then cut off: exact arithmetic gives another size for one picture in twenty (golden
    /// <c>geometry_table.json</c>). A side that would vanish keeps one pixel, where the published code fails.
    /// </remarks>
    public static Placement Fit(int width, int height, int canvasWidth, int canvasHeight)
    {
        float scale = Math.Min((float)canvasHeight / height, (float)canvasWidth / width);
        return new Placement(canvasWidth, canvasHeight, Math.Max((int)(width * scale), 1), Math.Max((int)(height * scale), 1));
    }
}
