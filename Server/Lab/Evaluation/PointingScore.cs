using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab.Evaluation;

/// <summary>Points found against objects that are there; scores of several questions add up.</summary>
/// <param name="Hits">Points assigned to an object within the distance.</param>
/// <param name="Predicted">Points in the answers.</param>
/// <param name="Actual">Objects in the pictures.</param>
internal readonly record struct PointingScore(int Hits, int Predicted, int Actual)
{
    /// <summary>Hits of the points; 1 where neither a point nor an object is.</summary>
    public double Precision => Predicted > 0 ? (double)Hits / Predicted : Actual == 0 ? 1 : 0;

    /// <summary>Hits of the objects; 1 where neither a point nor an object is.</summary>
    public double Recall => Actual > 0 ? (double)Hits / Actual : Predicted == 0 ? 1 : 0;

    /// <summary>Harmonic mean of precision and recall.</summary>
    public double F1 => Predicted + Actual == 0 ? 1 : 2.0 * Hits / (Predicted + Actual);

    public static PointingScore operator +(PointingScore a, PointingScore b)
        => new(a.Hits + b.Hits, a.Predicted + b.Predicted, a.Actual + b.Actual);

    /// <summary>
    /// Assigns points to objects one to one so that the sum of Euclidean distances is least, then counts the pairs that
    /// are at most <paramref name="distance"/> apart. All in percent of the picture's sides.
    /// </summary>
    public static PointingScore Of(
        IReadOnlyList<(double X, double Y)> points, IReadOnlyList<(double X, double Y)> objects, double distance)
    {
        if (points.Count == 0 || objects.Count == 0) return new PointingScore(0, points.Count, objects.Count);
        var costs = new double[points.Count, objects.Count];
        for (var i = 0; i < points.Count; i++)
            for (var j = 0; j < objects.Count; j++)
                costs[i, j] = double.Hypot(points[i].X - objects[j].X, points[i].Y - objects[j].Y);
        var assigned = MinimumCostAssignment.Solve(costs);
        var hits = 0;
        for (var i = 0; i < assigned.Length; i++)
            if (assigned[i] >= 0 && costs[i, assigned[i]] <= distance) hits++;
        return new PointingScore(hits, points.Count, objects.Count);
    }
}
