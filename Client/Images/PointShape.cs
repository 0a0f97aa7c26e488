namespace Molmo.Demo.Client.Images;

/// <summary>The outline of a group's dots, the same on the page, in files and in pictures.</summary>
/// <param name="Name">Its style class.</param>
/// <param name="Corners">
/// In radii of the dot from its middle, down is positive; none for a circle. <c>dots.css</c> has the same.
/// </param>
public sealed record PointShape(string Name, ImmutableArray<(double X, double Y)> Corners)
{
    private static readonly ImmutableArray<PointShape> All =
    [
        new("circle", []),
        new("square", [(-1, -1), (1, -1), (1, 1), (-1, 1)]),
        new("diamond", [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]),
        new("triangle", Star(3, 1.45)),
        new("pentagon", Star(5, 1.2)),
        new("hexagon", Star(6, 1.15)),
        new("cross", [(-0.45, -1.2), (0.45, -1.2), (0.45, -0.45), (1.2, -0.45), (1.2, 0.45), (0.45, 0.45),
            (0.45, 1.2), (-0.45, 1.2), (-0.45, 0.45), (-1.2, 0.45), (-1.2, -0.45), (-0.45, -0.45)]),
        new("star", Star(5, 1.4, 0.7)),
    ];

    /// <summary>
    /// Of a group. Each round of the colours begins with the next shape, so that the two together repeat after
    /// sixty-four.
    /// </summary>
    /// <param name="look">Place of the group among all of its chat, from 0.</param>
    public static PointShape Of(int look) => All[(look + (look / All.Length)) % All.Length];

    // A corner up; with an inner radius there is one more between each two.
    private static ImmutableArray<(double X, double Y)> Star(int points, double radius, double? inner = null)
    {
        var count = inner is null ? points : 2 * points;
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (sin, cos) = Math.SinCos(Math.Tau * i / count);
            var at = i % 2 == 1 && inner is { } near ? near : radius;
            return (at * sin, -at * cos);
        })];
    }
}
