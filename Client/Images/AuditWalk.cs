using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Images;

/// <summary>A person going from dot to dot with a verdict on each. Every step gives another walk.</summary>
/// <param name="Dots">The dots that are drawn, in their order; at least one.</param>
/// <param name="Audit">What was found so far.</param>
/// <param name="At">Index of the dot that is looked at.</param>
/// <param name="Said">What a screen reader says about the last step.</param>
public sealed record AuditWalk(
    ImmutableArray<(PointSegment Segment, ImagePoint Point)> Dots, Audit Audit, int At, string Said)
{
    /// <summary>Begins at the first dot without a verdict, so that it goes on where it was left.</summary>
    public static AuditWalk Begin(IEnumerable<AnswerSegment> segments, Audit audit)
    {
        var walk = new AuditWalk(
            [.. segments.OfType<PointSegment>()
                .SelectMany(segment => segment.Points.Select(point => (segment, point))).Take(ChatLimits.PointsDrawn)],
            audit, 0, "");
        walk = walk with { At = walk.NextFrom(0) ?? 0 };
        return walk with { Said = AuditWords.Began(walk.Label(walk.At)) };
    }

    /// <summary>Group and number of the dot that is looked at.</summary>
    public (int Group, int N) Dot => KeyOf(At);

    /// <summary>What it says on the bar.</summary>
    public string Progress => AuditWords.Progress(At, Dots.Length);

    /// <summary>A verdict on the dot, and on to the next without one; where there is none, it stays.</summary>
    public AuditWalk Judge(DotVerdict verdict)
    {
        var walk = this with { Audit = Audit.Judge(Dot.Group, Dot.N, verdict) };
        var next = walk.NextFrom(At + 1);
        var said = AuditWords.Judged(Label(At), verdict, next is { } at ? Label(at) : null);
        return next is { } to
            ? walk with { At = to, Said = said }
            : walk with
            {
                Said =
                    AuditWords.AllChecked(said, AuditResult.Of(Dots.Select(dot => dot.Segment).Distinct(), walk.Audit))
            };
    }

    /// <summary>Adds a point to the group that is looked at.</summary>
    /// <param name="x">Percent of the width; what is not on the photo is not added.</param>
    /// <param name="y">Percent of the height.</param>
    public AuditWalk AddMissed(double x, double y) => x is >= 0 and <= 100 && y is >= 0 and <= 100
        ? this with
        {
            Audit = Audit.AddMissed(Dot.Group, Math.Round(x, 3), Math.Round(y, 3)),
            Said =
            AuditWords.Added(PointLook.Name(Dots[At].Segment) ?? T("point"))
        }
        : this;

    /// <summary>Takes the last thing back, and goes to the dot that it was about.</summary>
    public AuditWalk Undo()
    {
        if (Audit.IsEmpty) return this with { Said = AuditWords.NothingToUndo };
        var walk = this with { Audit = Audit.Undo() };
        if (Audit.Steps[^1] is not { N: { } n } step) return walk with { Said = AuditWords.Undone(null) };
        walk = walk.Go(step.Group, n);
        return walk with { Said = AuditWords.Undone(walk.Label(walk.At)) };
    }

    /// <summary>To a dot that the person has chosen; it stays where there is none such.</summary>
    public AuditWalk Go(int group, int n)
    {
        for (var at = 0; at < Dots.Length; at++)
            if (KeyOf(at) == (group, n)) return this with { At = at };
        return this;
    }

    // The first without a verdict from here on, around the end; null where all have one.
    private int? NextFrom(int start)
    {
        var verdicts = Audit.Verdicts;
        for (var i = 0; i < Dots.Length; i++)
        {
            var at = (start + i) % Dots.Length;
            if (!verdicts.ContainsKey(KeyOf(at))) return at;
        }
        return null;
    }

    private (int Group, int N) KeyOf(int at) => (Dots[at].Segment.Group, Dots[at].Point.N);

    private string Label(int at) => PointLook.Label(Dots[at].Segment, Dots[at].Point);
}
