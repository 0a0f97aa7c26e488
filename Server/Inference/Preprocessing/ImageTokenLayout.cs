namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Which tokens stand for a picture, and which feature each of them takes.</summary>
internal static class ImageTokenLayout
{
    /// <summary>Position of features that no token takes.</summary>
    public const int Unused = -100;

    /// <summary>Tokens of the overview with its frame, then of the crops with theirs, row by row.</summary>
    public static int[] Tokens(Tiling tiling, PreprocessorConfig config, SpecialTokens special)
    {
        var tokens = new List<int>();
        AddGrid(config.TokenSide, config.TokenSide);
        AddGrid(GridSide(tiling.Rows, config), GridSide(tiling.Columns, config));
        return [.. tokens];

        void AddGrid(int rows, int columns)
        {
            tokens.Add(special.ImageStart);
            for (int row = 0; row < rows; row++)
            {
                tokens.AddRange(Enumerable.Repeat(special.ImagePatch, columns));
                tokens.Add(special.ImageColumn);
            }
            tokens.Add(special.ImageEnd);
        }
    }

    /// <summary>How many <see cref="Tokens"/> are.</summary>
    public static int Count(Tiling tiling, PreprocessorConfig config)
        => 4 + config.TokenSide * (config.TokenSide + 1)
            + GridSide(tiling.Rows, config) * (GridSide(tiling.Columns, config) + 1);

    /// <summary>
    /// [1 + crops, tokens a crop]: position in a prompt with BOS at 0, <see cref="Unused"/> for none.
    /// </summary>
    /// <remarks>Of the margin that two crops share, each keeps the half nearer to it, so that one crop feeds each
    /// token.</remarks>
    public static int[] Positions(Tiling tiling, PreprocessorConfig config)
    {
        int side = config.TokenSide;
        var positions = new int[(1 + tiling.CropCount) * side * side];
        for (int row = 0; row < side; row++)
            for (int column = 0; column < side; column++)
                positions[row * side + column] = 2 + row * (side + 1) + column;

        // BOS, the overview's rows and their frame, and the start of the crops' frame come before.
        int origin = 4 + side * (side + 1);
        int stride = GridSide(tiling.Columns, config) + 1;
        int step = config.WindowSide / 2;
        int next = side * side;
        for (int cropRow = 0; cropRow < tiling.Rows; cropRow++)
            for (int cropColumn = 0; cropColumn < tiling.Columns; cropColumn++)
                for (int row = 0; row < side; row++)
                    for (int column = 0; column < side; column++)
                        positions[next++] = Keeps(row, cropRow, tiling.Rows, config)
                            && Keeps(column, cropColumn, tiling.Columns, config)
                            ? origin + (step * cropRow + row) * stride + step * cropColumn + column
                            : Unused;
        return positions;
    }

    private static int GridSide(int crops, PreprocessorConfig config)
        => (crops * config.WindowSide + config.MarginBefore + config.MarginAfter) / 2;

    private static bool Keeps(int index, int crop, int crops, PreprocessorConfig config)
        => (crop == 0 || index >= config.MarginBefore / 2)
            && (crop == crops - 1 || index < config.TokenSide - config.MarginAfter / 2);
}
