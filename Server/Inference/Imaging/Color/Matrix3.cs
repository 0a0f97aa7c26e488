namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>Matrices of three rows and columns.</summary>
internal static class Matrix3
{
    public static double[] Multiply(double[,] m, ReadOnlySpan<double> v) =>
    [
        m[0, 0] * v[0] + m[0, 1] * v[1] + m[0, 2] * v[2], m[1, 0] * v[0] + m[1, 1] * v[1] + m[1, 2] * v[2],
        m[2, 0] * v[0] + m[2, 1] * v[1] + m[2, 2] * v[2],
    ];

    public static double[,] Multiply(double[,] left, double[,] right)
    {
        var product = new double[3, 3];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
                for (var i = 0; i < 3; i++) product[row, column] += left[row, i] * right[i, column];
        return product;
    }

    /// <returns>Null where there is none.</returns>
    public static double[,]? Inverse(double[,] m)
    {
        double Minor(int row, int column)
        {
            var (r, s) = ((row + 1) % 3, (row + 2) % 3);
            var (c, d) = ((column + 1) % 3, (column + 2) % 3);
            return m[r, c] * m[s, d] - m[r, d] * m[s, c];
        }
        var determinant = m[0, 0] * Minor(0, 0) + m[0, 1] * Minor(0, 1) + m[0, 2] * Minor(0, 2);
        if (!(Math.Abs(determinant) > 1e-9)) return null;
        var inverse = new double[3, 3];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++) inverse[column, row] = Minor(row, column) / determinant;
        return inverse;
    }
}
