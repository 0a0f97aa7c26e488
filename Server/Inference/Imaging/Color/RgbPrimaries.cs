namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// What full red, green and blue are, as X, Y and Z under the light D50, in 1/65536 as ICC profiles store them.
/// </summary>
internal sealed record RgbPrimaries(int[] Red, int[] Green, int[] Blue)
{
    private const double One = 65536;

    // A thousandth in X, Y or Z.
    private const int Near = 66;

    // Lam's cone responses, as in annex E of the ICC specification.
    private static readonly double[,] Bradford =
        { { 0.8951, 0.2664, -0.1614 }, { -0.7502, 1.7135, 0.0367 }, { 0.0389, -0.0685, 1.0296 } };

    private static readonly double[] D50 = [0.9642, 1, 0.8249];

    /// <summary>sRGB (IEC 61966-2-1) under D50.</summary>
    public static RgbPrimaries Srgb { get; } =
        FromChromaticities((0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06))!;

    public bool IsSrgb => IsNear(Red, Srgb.Red) && IsNear(Green, Srgb.Green) && IsNear(Blue, Srgb.Blue);

    /// <summary>From x and y of the white and of the three colours, with the white brought to D50.</summary>
    /// <returns>Null where they span no colours.</returns>
    public static RgbPrimaries? FromChromaticities(
        (double X, double Y) white, (double X, double Y) red, (double X, double Y) green, (double X, double Y) blue)
    {
        if (white.Y <= 0 || red.Y <= 0 || green.Y <= 0 || blue.Y <= 0) return null;
        var columns = new double[3, 3];
        for (var c = 0; c < 3; c++)
        {
            var color = Xyz(c == 0 ? red : c == 1 ? green : blue);
            for (var row = 0; row < 3; row++) columns[row, c] = color[row];
        }
        if (Matrix3.Inverse(columns) is not { } toParts) return null;
        var parts = Matrix3.Multiply(toParts, Xyz(white));
        var cones = Matrix3.Multiply(Bradford, Xyz(white));
        var wanted = Matrix3.Multiply(Bradford, D50);
        var back = Matrix3.Inverse(Bradford)!;
        int[] Adapted(int c)
        {
            var response = Matrix3.Multiply(
                Bradford, [parts[c] * columns[0, c], parts[c] * columns[1, c], parts[c] * columns[2, c]]);
            for (var i = 0; i < 3; i++) response[i] *= wanted[i] / cones[i];
            return Array.ConvertAll(
                Matrix3.Multiply(back, response), v => (int)Math.Round(Math.Clamp(v, -32000, 32000) * One));
        }
        return new RgbPrimaries(Adapted(0), Adapted(1), Adapted(2));
    }

    /// <summary>From parts of red, green and blue to X, Y and Z.</summary>
    public double[,] ToMatrix()
    {
        var matrix = new double[3, 3];
        for (var row = 0; row < 3; row++)
            (matrix[row, 0], matrix[row, 1], matrix[row, 2]) = (Red[row] / One, Green[row] / One, Blue[row] / One);
        return matrix;
    }

    private static bool IsNear(int[] left, int[] right)
        => left.Zip(right, (a, b) => Math.Abs((long)a - b)).All(difference => difference <= Near);

    private static double[] Xyz((double X, double Y) at) => [at.X / at.Y, 1, (1 - at.X - at.Y) / at.Y];
}
