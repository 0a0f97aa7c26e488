using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Images;

/// <summary>A group of points as the legend of the photo names it.</summary>
/// <param name="Key">Its number on the photo.</param>
/// <param name="Look">Its look; see <see cref="PointLook.Classes"/>.</param>
/// <param name="Name">What the model calls it; null for nothing.</param>
/// <param name="Count">How many there are: its points, put right where a person has checked them.</param>
public sealed record LegendGroup(int Key, int Look, string? Name, int Count)
{
    /// <summary>Groups of an answer that have points.</summary>
    /// <param name="segments">The answer.</param>
    /// <param name="look">Look of its first group.</param>
    /// <param name="from">Added to its groups, as on its dots.</param>
    /// <param name="audit">What a person found; null for nothing.</param>
    public static IEnumerable<LegendGroup> Of(
        IEnumerable<AnswerSegment> segments, int look, int from, Audit? audit)
        => segments.OfType<PointSegment>().Where(group => group.Points.Length > 0)
            .Select(group => new LegendGroup(
                from + group.Group, look + group.Group, PointLook.Name(group), ClaimGroup.Of(group, audit).Count));
}
