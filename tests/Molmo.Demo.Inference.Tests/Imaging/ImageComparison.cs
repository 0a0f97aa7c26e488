using System.Security.Cryptography;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Compares a decoded picture with the corpus by the corpus's own rules.</summary>
internal static class ImageComparison
{
    private const int Cells = 16;

    public static bool IsExact(RgbImage image, CorpusExpectation expect)
        => HasSize(image, expect) && Convert.ToHexStringLower(SHA256.HashData(image.Pixels)) == expect.RgbSha256;

    /// <returns>Null where the picture matches, else what differs.</returns>
    public static string? Differs(RgbImage image, CorpusRow row)
    {
        var expect = row.Expect!;
        if (!HasSize(image, expect))
            return $"{image.Width} x {image.Height}, expected {expect.Width} x {expect.Height}";
        if (IsExact(image, expect)) return null;
        if (expect.Grid16 is null) return "pixels differ";
        if (row.IsLossless)
        {
            if (!expect.Wide) return $"pixels differ, grid by {GridDifference(image, expect.Grid16!)}";
            return GridDifference(image, expect.Grid16!) is var wide and > 1 ? $"grid differs by {wide}" : null;
        }
        var tolerance = row.Tags.Contains("4comp") ? 4 : 2;
        if (GridDifference(image, expect.Grid16!) is var grid && grid > tolerance) return $"grid differs by {grid}";
        if (MeanDifference(image, expect) is var mean && mean > tolerance / 2.0)
            return $"mean differs by {mean.ToString("f2", CultureInfo.InvariantCulture)}";
        if (!row.Tags.Contains("4comp") && expect.Samples is { } samples && CountNear(image, samples) is var near
            && near * 32 < samples.Length * 30)
            return $"{near} of {samples.Length} samples are near";
        return null;
    }

    /// <summary>The same of a picture whose transparent pixels lie on white.</summary>
    public static string? DiffersFromGrid(RgbImage image, CorpusExpectation expect)
        => !HasSize(image, expect) ? $"{image.Width} x {image.Height}, expected {expect.Width} x {expect.Height}"
            : GridDifference(image, expect.OverWhite!) is var grid and > 1 ? $"grid differs by {grid}" : null;

    private static bool HasSize(RgbImage image, CorpusExpectation expect)
        => image.Width == expect.Width && image.Height == expect.Height;

    private static int GridDifference(RgbImage image, string grid)
    {
        var expected = Convert.FromHexString(grid);
        var largest = 0;
        for (var i = 0; i < Cells; i++)
        {
            for (var j = 0; j < Cells; j++)
            {
                for (var c = 0; c < 3; c++)
                    largest = Math.Max(largest, Math.Abs(CellMean(image, i, j, c) - expected[(i * Cells + j) * 3 + c]));
            }
        }
        return largest;
    }

    private static int CellMean(RgbImage image, int i, int j, int channel)
    {
        var (top, bottom) = CellRange(i, image.Height);
        var (left, right) = CellRange(j, image.Width);
        var (sum, count) = (0L, (bottom - top) * (right - left));
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) sum += image.Pixels[(y * image.Width + x) * 3 + channel];
        return (int)((2 * sum + count) / (2 * count));
    }

    private static (int From, int To) CellRange(int index, int length)
    {
        var from = index * length / Cells;
        return (from, Math.Max((index + 1) * length / Cells, from + 1));
    }

    private static double MeanDifference(RgbImage image, CorpusExpectation expect)
    {
        var sums = new long[3];
        for (var i = 0; i < image.Pixels.Length; i++) sums[i % 3] += image.Pixels[i];
        return sums.Zip(expect.Mean, (sum, mean) => Math.Abs(sum / (image.Pixels.Length / 3.0) - mean)).Max();
    }

    private static int CountNear(RgbImage image, int[][] samples) => samples.Count(sample =>
    {
        var at = (sample[1] * image.Width + sample[0]) * 3;
        return Enumerable.Range(0, 3).All(c => Math.Abs(image.Pixels[at + c] - sample[2 + c]) <= 6);
    });
}
