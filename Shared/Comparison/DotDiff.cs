using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Comparison;

/// <summary>Two dots that stand for the same thing.</summary>
public readonly record struct DotPair(ImagePoint A, ImagePoint B);

/// <summary>What two answers point at alike, and what only one of them does.</summary>
/// <param name="Matched">Pairs, in the order of A.</param>
/// <param name="OnlyA">Dots of A without a partner.</param>
/// <param name="OnlyB">Dots of B without a partner.</param>
public sealed record DotDiff(
    ImmutableArray<DotPair> Matched, ImmutableArray<ImagePoint> OnlyA, ImmutableArray<ImagePoint> OnlyB)
{
    /// <summary>How far apart partners may be, in hundredths of the picture's longer side.</summary>
    public const double StandardRadius = 5;

    /// <summary>Nothing on either side.</summary>
    public static DotDiff Empty { get; } = new([], [], []);

    /// <summary>
    /// As many pairs within the radius as there can be, and of those ways the one with the least distance in sum. A dot
    /// has at most one partner.
    /// </summary>
    /// <param name="a">Points in percent of width and height.</param>
    /// <param name="b">Points in percent of width and height.</param>
    /// <param name="width">Pixels of the picture, above 0.</param>
    /// <param name="height">Pixels of the picture, above 0.</param>
    /// <param name="radius">In hundredths of the longer side, above 0.</param>
    public static DotDiff Of(
        IReadOnlyList<ImagePoint> a, IReadOnlyList<ImagePoint> b, int width, int height, double radius = StandardRadius)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(radius);
        var longer = Math.Max(width, height);
        var (scaleX, scaleY) = ((double)width / longer, (double)height / longer);
        // Dearer than all pairs within the radius together: one more pair is always worth it.
        var tooFar = radius * (Math.Min(a.Count, b.Count) + 1);
        var distances = new double[a.Count, b.Count];
        for (var i = 0; i < a.Count; i++)
            for (var j = 0; j < b.Count; j++)
            {
                var distance = double.Hypot((a[i].X - b[j].X) * scaleX, (a[i].Y - b[j].Y) * scaleY);
                distances[i, j] = distance <= radius ? distance : tooFar;
            }

        var partners = MinimumCostAssignment.Solve(distances);
        var matched = ImmutableArray.CreateBuilder<DotPair>();
        var onlyA = ImmutableArray.CreateBuilder<ImagePoint>();
        var taken = new bool[b.Count];
        for (var i = 0; i < a.Count; i++)
        {
            if (partners[i] is var j and >= 0 && distances[i, j] <= radius)
            {
                matched.Add(new DotPair(a[i], b[j]));
                taken[j] = true;
            }
            else
            {
                onlyA.Add(a[i]);
            }
        }
        return new DotDiff(matched.ToImmutable(), onlyA.ToImmutable(), [.. b.Where((_, j) => !taken[j])]);
    }
}
