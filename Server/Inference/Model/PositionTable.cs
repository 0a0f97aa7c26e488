using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>Fits the vision transformer's position table to another patch grid than it was trained on.</summary>
/// <remarks>No published checkpoint needs it: their 577 rows are the class token and 24 x 24 patches.</remarks>
internal static class PositionTable
{
    /// <summary>Cubic convolution's free parameter, as the reference resizes with antialiasing.</summary>
    private const double CubicSharpness = -0.5;

    /// <param name="table">[1 + side * side, width]; row 0 is the class token's and stays.</param>
    /// <param name="rows">Rows of the grid wanted.</param>
    /// <param name="columns">Columns of the grid wanted.</param>
    /// <returns>[1 + rows * columns, width]; the table itself where it fits.</returns>
    public static Tensor Fit(Tensor table, int rows, int columns)
    {
        var side = (int)Math.Sqrt(table.Rows - 1);
        if (side == rows && side == columns) return table;
        var width = table.Columns;
        var wide = new double[side * columns * width];
        Resize(side, columns, (target, source, weight) =>
        {
            for (var row = 0; row < side; row++)
            {
                var from = table.Row(1 + (row * side) + source);
                for (var i = 0; i < width; i++) wide[(((row * columns) + target) * width) + i] += weight * from[i];
            }
        });
        var sums = new double[rows * columns * width];
        Resize(side, rows, (target, source, weight) =>
        {
            for (var i = 0; i < columns * width; i++)
                sums[(target * columns * width) + i] += weight * wide[(source * columns * width) + i];
        });

        var fitted = new Tensor(1 + (rows * columns), width);
        table.Row(0).CopyTo(fitted.Row(0));
        var rest = fitted.Span[width..];
        for (var i = 0; i < sums.Length; i++) rest[i] = (float)sums[i];
        return fitted;
    }

    /// <summary>
    /// Calls back with each target, a source it draws from, and the weight: bicubic, widened when shrinking, pixel
    /// centres at halves.
    /// </summary>
    private static void Resize(int sourceLength, int targetLength, Action<int, int, double> add)
    {
        var scale = (double)sourceLength / targetLength;
        var stretch = Math.Max(scale, 1);
        var support = 2 * stretch;
        for (var target = 0; target < targetLength; target++)
        {
            var centre = scale * (target + 0.5);
            var first = Math.Max((int)(centre - support + 0.5), 0);
            var end = Math.Min((int)(centre + support + 0.5), sourceLength);
            var sum = 0.0;
            for (var source = first; source < end; source++) sum += Cubic((source - centre + 0.5) / stretch);
            for (var source = first; source < end; source++)
                add(target, source, Cubic((source - centre + 0.5) / stretch) / sum);
        }
    }

    private static double Cubic(double x)
    {
        const double a = CubicSharpness;
        x = Math.Abs(x);
        if (x < 1) return ((((a + 2) * x) - (a + 3)) * x * x) + 1;
        return x < 2 ? ((((x - 5) * x) + 8) * x - 4) * a : 0;
    }
}
