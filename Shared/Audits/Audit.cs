using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Audits;

/// <summary>What a person found at a dot.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DotVerdict>))]
public enum DotVerdict
{
    /// <summary>It stands on what was asked for.</summary>
    Right,

    /// <summary>It does not.</summary>
    Wrong,
}

/// <summary>One thing that a person did: a verdict on a dot, or a point where one was missing.</summary>
/// <param name="Group">Number of the group, 0, 1, 2, ...</param>
/// <param name="N">Number of the dot within its group, from 1; null for a missed point.</param>
/// <param name="Verdict">On the dot; null for a missed point.</param>
/// <param name="X">Percent of the picture's width, of a missed point only.</param>
/// <param name="Y">Percent of the picture's height, of a missed point only.</param>
public sealed record AuditStep(int Group, int? N = null, DotVerdict? Verdict = null, double? X = null, double? Y = null)
{
    /// <summary>Whether it can have been done at all.</summary>
    [JsonIgnore]
    public bool IsValid => Group >= 0 && (N is null
        ? Verdict is null && X is >= 0 and <= 100 && Y is >= 0 and <= 100
        : N > 0 && Verdict is { } verdict && Enum.IsDefined(verdict) && X is null && Y is null);
}

/// <summary>A point that the model has not given.</summary>
/// <param name="Group">The group that it belongs to.</param>
/// <param name="X">Percent of the picture's width.</param>
/// <param name="Y">Percent of the picture's height.</param>
public readonly record struct MissedPoint(int Group, double X, double Y);

/// <summary>
/// A person's check of an answer's dots. A layer of its own: the answer is never changed by it. It keeps what was done
/// in the order it was done, so that the last thing can be undone; of several verdicts on a dot the last one counts.
/// </summary>
public sealed record Audit
{
    /// <summary>
    /// Things done at most; then verdicts that later ones replaced are forgotten, and can no longer be undone.
    /// </summary>
    public const int MostSteps = 2 * MostMissed + 2 * ChatLimits.PointsDrawn;

    /// <summary>Points that may be added.</summary>
    public const int MostMissed = 1000;

    private readonly ImmutableArray<AuditStep> _steps = [];

    /// <summary>Nothing done yet.</summary>
    public static Audit Empty { get; } = new();

    /// <summary>What was done, oldest first.</summary>
    public ImmutableArray<AuditStep> Steps
    {
        get => _steps;
        init => _steps = value.IsDefault ? [] : value;
    }

    /// <summary>Whether nothing was done.</summary>
    [JsonIgnore]
    public bool IsEmpty => Steps.IsEmpty;

    /// <summary>Whether it can have been made by these methods, and is no larger than they make it.</summary>
    [JsonIgnore]
    public bool IsValid
        => Steps.Length <= MostSteps && Steps.All(step => step is { IsValid: true }) && Missed.Length <= MostMissed;

    /// <summary>Points added, in the order they were.</summary>
    [JsonIgnore]
    public ImmutableArray<MissedPoint> Missed => [
        .. Steps.Where(step => step.N is null).Select(step => new MissedPoint(step.Group, step.X ?? 0, step.Y ?? 0))];

    /// <summary>The verdict that counts on each dot that has one.</summary>
    [JsonIgnore]
    public ImmutableDictionary<(int Group, int N), DotVerdict> Verdicts
    {
        get
        {
            var verdicts = ImmutableDictionary.CreateBuilder<(int, int), DotVerdict>();
            foreach (var step in Steps)
                if (step is { N: { } n, Verdict: { } verdict }) verdicts[(step.Group, n)] = verdict;
            return verdicts.ToImmutable();
        }
    }

    /// <summary>Judges a dot. The same verdict again changes nothing.</summary>
    public Audit Judge(int group, int n, DotVerdict verdict)
        => Verdicts.TryGetValue((group, n), out var before) && before == verdict
            ? this
            : Add(new AuditStep(group, n, verdict));

    /// <summary>Adds a point that is missing. Beyond <see cref="MostMissed"/> nothing is added.</summary>
    /// <param name="group">The group that it belongs to.</param>
    /// <param name="x">Percent of the width.</param>
    /// <param name="y">Percent of the height.</param>
    public Audit AddMissed(int group, double x, double y)
        => Missed.Length == MostMissed ? this : Add(new AuditStep(group, X: x, Y: y));

    /// <summary>Takes back the last thing done.</summary>
    public Audit Undo() => IsEmpty ? this : this with { Steps = Steps[..^1] };

    private Audit Add(AuditStep step)
    {
        var steps = Steps.Add(step);
        if (steps.Length <= MostSteps) return this with { Steps = steps };
        var last = steps.Index().Where(at => at.Item.N is not null)
            .GroupBy(at => (at.Item.Group, at.Item.N)).Select(done => done.Last().Index).ToHashSet();
        return this with
        {
            Steps = [.. steps.Index().Where(at => at.Item.N is null || last.Contains(at.Index)).Select(at => at.Item)]
        };
    }
}
