using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Audits;

/// <summary>How far a person has checked an answer's dots.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckState>))]
public enum CheckState
{
    /// <summary>Nobody has looked.</summary>
    None,

    /// <summary>Some dots have no verdict yet.</summary>
    Part,

    /// <summary>Every dot has a verdict.</summary>
    All,
}

/// <summary>
/// What an answer says there is, put right by a person where one has checked it. This is the one place where a count
/// comes from: pages, lists, files and programs all say the same.
/// </summary>
/// <param name="Groups">A group for each name, in the answer's order; empty where the answer says that there are
/// none.</param>
/// <param name="Stated">The number in the answer's words; null where they give none that is surely a count.</param>
/// <param name="Check">How far a person has checked it.</param>
public sealed record Claim(ImmutableArray<ClaimGroup> Groups, int? Stated, CheckState Check)
{
    private static readonly string[] Articles = ["a ", "an ", "the "];

    /// <summary>Whether the answer says that there are none.</summary>
    [JsonIgnore]
    public bool IsNone => Groups.IsEmpty;

    /// <summary>Dots that the model gave.</summary>
    public int Given => Groups.Sum(group => group.Given);

    /// <summary>What there is: the model's dots without those found wrong, and what was missed.</summary>
    public int Count => Groups.Sum(group => group.Count);

    /// <summary>Dots found wrong.</summary>
    [JsonIgnore]
    public int Wrong => Groups.Sum(group => group.Wrong);

    /// <summary>Things that a person found and the model did not.</summary>
    [JsonIgnore]
    public int Missed => Groups.Sum(group => group.Missed);

    /// <summary>Dots that have a verdict.</summary>
    [JsonIgnore]
    public int Judged => Groups.Sum(group => group.Judged);

    /// <summary>Whether every dot was found right, and nothing was missed.</summary>
    [JsonIgnore]
    public bool IsConfirmed => Check == CheckState.All && Wrong == 0 && Missed == 0;

    /// <summary>
    /// The claim of an answer; null where it makes none: prose without dots, or nothing written yet.
    /// </summary>
    /// <param name="segments">As parsed, of an answer that may still grow.</param>
    /// <param name="audit">What a person found; null or empty where nobody has looked.</param>
    public static Claim? Of(IEnumerable<AnswerSegment> segments, Audit? audit = null)
    {
        ImmutableArray<AnswerSegment> all = [.. segments];
        return Of(all, AnswerCheck.Of(all).Stated, audit);
    }

    /// <summary>
    /// The claim of an answer whose words are taken at their number only where it came to its end; null as above.
    /// </summary>
    /// <param name="answer">As far as it has arrived.</param>
    /// <param name="audit">What a person found; null or empty where nobody has looked.</param>
    public static Claim? Of(Answer answer, Audit? audit = null)
        => Of([.. answer.Segments], answer.Check().Stated, audit);

    private static Claim? Of(ImmutableArray<AnswerSegment> all, int? stated, Audit? audit)
    {
        var verdicts = (audit ?? Audit.Empty).Verdicts;
        var missed = (audit ?? Audit.Empty).Missed.CountBy(point => point.Group).ToDictionary();
        var groups = all.OfType<PointSegment>().Where(group => group.Points.Length > 0)
            .GroupBy(NounOf, StringComparer.OrdinalIgnoreCase)
            .Select(same => ClaimGroup.Of(same.Key, [.. same], verdicts, missed)).ToImmutableArray();
        if (groups.IsEmpty) return stated == 0 ? new Claim([], 0, CheckState.None) : null;
        var check = groups.All(group => group.Check == CheckState.All) ? CheckState.All
            : groups.Any(group => group.Check != CheckState.None) ? CheckState.Part
            : CheckState.None;
        return new Claim(groups, stated, check);
    }

    private static string NounOf(PointSegment group)
    {
        var noun = (string.IsNullOrWhiteSpace(group.Text) ? group.Alt : group.Text).Trim();
        // The number takes the article's place.
        var article = Array.Find(Articles, article => noun.StartsWith(article, StringComparison.OrdinalIgnoreCase));
        return article is null ? noun : noun[article.Length..].TrimStart();
    }
}

/// <summary>What an answer says of one kind of thing.</summary>
/// <param name="Noun">The model's name for them, as it wrote it but for an article; empty while it has not yet, and
/// where it gives none.</param>
/// <param name="Given">Dots that the model gave.</param>
/// <param name="Right">Those that a person found right.</param>
/// <param name="Wrong">Those that a person found wrong.</param>
/// <param name="Missed">What a person found beside them.</param>
/// <param name="Numbers">Numbers of the groups that carry the name, 0, 1, 2, ...; the first gives the colour.</param>
public sealed record ClaimGroup(
    string Noun, int Given, int Right, int Wrong, int Missed, [property: JsonIgnore] ImmutableArray<int> Numbers)
{
    /// <summary>What there is: the model's dots without those found wrong, and what was missed.</summary>
    public int Count => Given - Wrong + Missed;

    /// <summary>The name in the form that goes with <see cref="Count"/>: <c>dog</c> for 1, <c>dogs</c> for 2.</summary>
    [JsonIgnore]
    public string Named => EnglishNoun.For(Noun, Count);

    /// <summary>Dots that have a verdict.</summary>
    [JsonIgnore]
    public int Judged => Right + Wrong;

    /// <summary>How far a person has checked it.</summary>
    [JsonIgnore]
    public CheckState Check
        => Judged == Given ? CheckState.All : Judged + Missed > 0 ? CheckState.Part : CheckState.None;

    /// <summary>Of one group of points alone.</summary>
    /// <param name="group">The group.</param>
    /// <param name="audit">What a person found; null or empty where nobody has looked.</param>
    public static ClaimGroup Of(PointSegment group, Audit? audit) => Of(
        "", [group], (audit ?? Audit.Empty).Verdicts,
        (audit ?? Audit.Empty).Missed.CountBy(point => point.Group).ToDictionary());

    internal static ClaimGroup Of(
        string noun, ImmutableArray<PointSegment> same, ImmutableDictionary<(int Group, int N), DotVerdict> verdicts,
        Dictionary<int, int> missed)
    {
        var judged = same.SelectMany(group => group.Points.Select(point => (group.Group, point.N)))
            .Select(dot => verdicts.TryGetValue(dot, out var verdict) ? verdict : (DotVerdict?)null).ToList();
        return new ClaimGroup(
            noun, judged.Count, judged.Count(verdict => verdict == DotVerdict.Right),
            judged.Count(verdict => verdict == DotVerdict.Wrong),
            same.Sum(group => missed.GetValueOrDefault(group.Group)), [.. same.Select(group => group.Group)]);
    }
}
