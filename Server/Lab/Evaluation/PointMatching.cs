using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab.Evaluation;

/// <summary>What a mark on a picture says.</summary>
internal enum MarkKind
{
    /// <summary>A point at its object.</summary>
    Hit,

    /// <summary>A point at nothing, or at an object that another point has.</summary>
    Wrong,

    /// <summary>An object that no point hit.</summary>
    Missed,
}

/// <summary>A place in a picture, in percent of width and height.</summary>
internal readonly record struct Mark(double X, double Y, MarkKind Kind);

/// <summary>
/// Points assigned to objects one to one so that the sum of Euclidean distances is least. All in percent of the
/// picture's sides.
/// </summary>
internal sealed class PointMatching
{
    private readonly IReadOnlyList<(double X, double Y)> _points;
    private readonly IReadOnlyList<(double X, double Y)> _objects;

    /// <summary>The object of each point; -1 for none.</summary>
    private readonly int[] _objectOf;

    public PointMatching(IReadOnlyList<(double X, double Y)> points, IReadOnlyList<(double X, double Y)> objects)
    {
        (_points, _objects) = (points, objects);
        var costs = new double[points.Count, objects.Count];
        for (var i = 0; i < points.Count; i++)
            for (var j = 0; j < objects.Count; j++) costs[i, j] = Distance(i, j);
        _objectOf = MinimumCostAssignment.Solve(costs);
    }

    /// <summary>Which points are at most so far from their object.</summary>
    public bool[] HitsWithin(double distance) => Hits((point, target) => Distance(point, target) <= distance);

    /// <summary>Which points lie in the box of their object.</summary>
    /// <param name="boxes">In the order of the objects.</param>
    public bool[] HitsIn(IReadOnlyList<TruthBox> boxes)
        => Hits((point, target) => boxes[target].Contains(_points[point]));

    public PointingScore Score(bool[] hits) => new(hits.Count(isHit => isHit), _points.Count, _objects.Count);

    /// <summary>The points, in their order, and then the objects that were missed.</summary>
    public ImmutableArray<Mark> Marks(bool[] hits)
    {
        var found = _objectOf.Where((_, point) => hits[point]).ToHashSet();
        return
        [
            .. _points.Select((p, i) => new Mark(p.X, p.Y, hits[i] ? MarkKind.Hit : MarkKind.Wrong)),
            .. _objects.Where((_, j) => !found.Contains(j)).Select(o => new Mark(o.X, o.Y, MarkKind.Missed)),
        ];
    }

    private bool[] Hits(Func<int, int, bool> isHit)
        => [.. _objectOf.Select((target, point) => target >= 0 && isHit(point, target))];

    private double Distance(int point, int target)
        => double.Hypot(_points[point].X - _objects[target].X, _points[point].Y - _objects[target].Y);
}
