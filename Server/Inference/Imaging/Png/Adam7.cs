namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>One of the seven pictures that an interlaced PNG is sent in: every StepX-th pixel of every StepY-th row.</summary>
internal readonly record struct Adam7(int X, int Y, int StepX, int StepY)
{
    /// <summary>The passes in the order of the file.</summary>
    public static readonly Adam7[] Passes =
    [
        new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2),
    ];

    /// <summary>Pixels a row of this pass, 0 where the picture is too narrow.</summary>
    public int Columns(int width) => (width - X + StepX - 1) / StepX;

    /// <summary>Rows of this pass.</summary>
    public int Rows(int height) => (height - Y + StepY - 1) / StepY;
}
