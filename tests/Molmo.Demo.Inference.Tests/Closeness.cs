namespace Molmo.Demo.Inference.Tests;

/// <summary>Comparison of float arrays that says where and by how much they differ.</summary>
internal static class Closeness
{
    /// <summary>
    /// Fails with the largest difference where it is above the tolerance, or where anything is not a number.
    /// </summary>
    public static void Check(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.True(
            expected.Length == actual.Length, $"{name}: expected {expected.Length} values, found {actual.Length}.");
        var worst = 0;
        var difference = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var here = Math.Abs((double)expected[i] - actual[i]);
            if (!(here <= difference)) (worst, difference) = (i, here);
            if (double.IsNaN(here)) break;
        }

        Assert.True(difference <= tolerance, $"{name}: largest difference {difference:g4} at {worst} of "
            + $"{expected.Length} (expected {expected[worst]:R}, found {actual[worst]:R}), tolerance {tolerance:g4}.");
    }

    /// <summary>A tolerance that grows with the size of what is compared: unit * max(1, root mean square).</summary>
    public static double Scaled(double unit, ReadOnlySpan<float> expected)
    {
        var squares = 0.0;
        foreach (var value in expected) squares += (double)value * value;
        return unit * Math.Max(1, Math.Sqrt(squares / Math.Max(1, expected.Length)));
    }
}
