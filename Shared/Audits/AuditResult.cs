using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Audits;

/// <summary>What an audit says about a count.</summary>
/// <param name="Claimed">Points of the answer.</param>
/// <param name="Confirmed">Those found right.</param>
/// <param name="Wrong">Those found wrong.</param>
/// <param name="Missed">Points that the answer does not have.</param>
public sealed record AuditResult(int Claimed, int Confirmed, int Wrong, int Missed)
{
    /// <summary>Points with a verdict.</summary>
    public int Checked => Confirmed + Wrong;

    /// <summary>Whether every point has a verdict.</summary>
    public bool IsComplete => Checked == Claimed;

    /// <summary>The part of the points judged that is right, 0 to 1; null before the first verdict.</summary>
    public double? Precision => Checked == 0 ? null : (double)Confirmed / Checked;

    /// <summary>
    /// The part of what there is that was found, 0 to 1, as far as it was checked; null where nothing is known to be
    /// there.
    /// </summary>
    public double? Recall => Confirmed + Missed == 0 ? null : (double)Confirmed / (Confirmed + Missed);

    /// <summary>Only verdicts on points that the answer has count.</summary>
    public static AuditResult Of(IEnumerable<AnswerSegment> segments, Audit audit)
    {
        var verdicts = audit.Verdicts;
        var (claimed, confirmed, wrong) = (0, 0, 0);
        foreach (var group in segments.OfType<PointSegment>())
        {
            foreach (var point in group.Points)
            {
                claimed++;
                if (!verdicts.TryGetValue((group.Group, point.N), out var verdict)) continue;
                if (verdict == DotVerdict.Right) confirmed++;
                else wrong++;
            }
        }
        return new AuditResult(claimed, confirmed, wrong, audit.Missed.Length);
    }
}
