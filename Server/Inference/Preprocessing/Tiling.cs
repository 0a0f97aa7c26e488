namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Rows and columns of high-resolution crops that a picture is cut into.</summary>
public readonly record struct Tiling(int Rows, int Columns)
{
    /// <summary>High-resolution crops, the overview not counted.</summary>
    public int CropCount => Rows * Columns;
}
