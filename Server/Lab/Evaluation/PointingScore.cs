namespace Molmo.Demo.Lab.Evaluation;

/// <summary>Points found against objects that are there; scores of several questions add up.</summary>
/// <param name="Hits">Points assigned to an object and near enough to it.</param>
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
    /// Counts the pairs of <see cref="PointMatching"/> that are at most <paramref name="distance"/> apart, in percent
    /// of the picture's sides.
    /// </summary>
    public static PointingScore Of(
        IReadOnlyList<(double X, double Y)> points, IReadOnlyList<(double X, double Y)> objects, double distance)
    {
        var matching = new PointMatching(points, objects);
        return matching.Score(matching.HitsWithin(distance));
    }
}
