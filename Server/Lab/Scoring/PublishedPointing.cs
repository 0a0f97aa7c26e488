using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab.Scoring;

/// <summary>The area of one object, in pixels.</summary>
/// <param name="Contains">Whether a whole pixel belongs to it.</param>
internal sealed record TargetMask(Func<int, int, bool> Contains)
{
    /// <summary>From x0 and y0 up to, not including, x1 and y1.</summary>
    public static TargetMask Rectangle(int x0, int y0, int x1, int y1)
        => new((x, y) => x >= x0 && x < x1 && y >= y0 && y < y1);

    public static TargetMask Disc(double x, double y, double radius)
        => new((px, py) => ((px - x) * (px - x)) + ((py - y) * (py - y)) <= radius * radius);
}

/// <summary>
/// Precision, recall and their harmonic mean of one pointing answer, as the published evaluation computes them.
/// </summary>
internal sealed partial record PublishedPointing(double Precision, double Recall, double F1)
{
    /// <summary>
    /// Keeps the reference's division from zero by zero; it is why a perfect answer scores a little below 1.
    /// </summary>
    private const double Epsilon = 1e-10;

    /// <summary>Scores an answer against objects that are there.</summary>
    /// <param name="prediction">The answer, verbatim. Where objects are there, it must be one tag or a list of tuples
    /// and nothing else.</param>
    /// <param name="width">Pixels of the picture.</param>
    /// <param name="height">Pixels of the picture.</param>
    /// <param name="targets">A point of each object, in pixels.</param>
    /// <param name="masks">Its area; a point at its target is a hit if its nearest whole pixel, ties to even, lies
    /// inside.</param>
    public static PublishedPointing Of(
        string prediction, int width, int height, IReadOnlyList<(double X, double Y)> targets,
        IReadOnlyList<TargetMask> masks)
    {
        var points = PointExtraction.Extract(prediction, width, height);
        if (targets.Count == 0) return points.Count == 0 ? new(1, 1, 1) : new(0, 0, 0);
        if (!IsValid(prediction) || points.Count == 0) return new(0, 0, 0);
        var hits = Assign(points, targets)
            .Index().Count(pair => pair.Item >= 0 && IsHit(points[pair.Index], masks[pair.Item], width, height));
        var (precision, recall) = ((double)hits / points.Count, (double)hits / masks.Count);
        return new PublishedPointing(
            precision, recall, hits == 0 ? 0 : 2 * (precision * recall) / (precision + recall + Epsilon));
    }

    /// <summary>
    /// Index of the target of each point, -1 for none, so that the sum of Euclidean distances is least.
    /// </summary>
    public static int[] Assign(IReadOnlyList<(double X, double Y)> points, IReadOnlyList<(double X, double Y)> targets)
    {
        var costs = new double[points.Count, targets.Count];
        for (var i = 0; i < points.Count; i++)
            for (var j = 0; j < targets.Count; j++)
                costs[i, j] = double.Hypot(points[i].X - targets[j].X, points[i].Y - targets[j].Y);
        return MinimumCostAssignment.Solve(costs);
    }

    /// <summary>Whether the text is exactly one tag, or a list of tuples, white space around it aside.</summary>
    public static bool IsValid(string prediction) => ValidForm().IsMatch(prediction.Trim());

    private static bool IsHit((double X, double Y) point, TargetMask mask, int width, int height)
    {
        var (x, y) = (Math.Round(point.X, MidpointRounding.ToEven), Math.Round(point.Y, MidpointRounding.ToEven));
        return x >= 0 && x < width && y >= 0 && y < height && mask.Contains((int)x, (int)y);
    }

    // Back-tracking would make a long hostile answer slow; this form needs none.
    [GeneratedRegex("""\A(?:(?:\(\s*-?[0-9]+(?:\.[0-9]+)?\s*,\s*-?[0-9]+(?:\.[0-9]+)?\s*\)\n?)+|<point\s+x="\s*["""
        + """0-9]+(?:\.[0-9]+)?"\s+y="\s*[0-9]+(?:\.[0-9]+)?"\s+alt="[\s\S]*">[\s\S]*</point>|<points\s+(?:x["""
        + """0-9]+="\s*[0-9]+(?:\.[0-9]+)?"\s+y[0-9]+="\s*[0-9]+(?:\.[0-9]+)?"\s+)+alt="[\s\S]*">[\s\S]*</points>|"""
        + """<point\s+p=\s*[0-9]{3}\s*,\s*[0-9]{3}\s+alt="[\s\S]*">[\s\S]*</point>"""
        + """|<points\s+(?:[0-9]+=\s*[0-9]{3}\s*,\s*[0-9]{3}\s+)+alt="[\s\S]*">[\s\S]*</points>)\z""",
        RegexOptions.NonBacktracking)]
    private static partial Regex ValidForm();
}
