namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Whether an answer agrees with itself: the number in its words, its points, and what training taught about their
/// order.
/// </summary>
/// <param name="Stated">The number that its words give; null where they give none that is surely a count.</param>
/// <param name="Points">Points in all groups.</param>
/// <param name="Findings">What does not agree, the most important first; empty where nothing.</param>
public sealed record AnswerCheck(int? Stated, int Points, ImmutableArray<AnswerFinding> Findings)
{
    /// <summary>Longest distance of two points on the same place, in percent of the picture's sides.</summary>
    /// <remarks>Training coordinates have one decimal, and things closer together than this cannot be told apart on a
    /// screen.</remarks>
    public const double SamePlace = 0.5;

    private const double SameLine = 6;

    /// <summary>Whether the words state a count and as many points were given.</summary>
    public bool Agrees => Stated is not null && !Findings.Any(finding => finding is CountDiffers);

    /// <summary>Checks a whole answer.</summary>
    /// <param name="segments">As parsed; a group's points in the model's order.</param>
    public static AnswerCheck Of(IEnumerable<AnswerSegment> segments)
    {
        ImmutableArray<AnswerSegment> all = [.. segments];
        var groups = all.OfType<PointSegment>().Where(group => group.Points.Length > 0).ToList();
        var points = groups.Sum(group => group.Points.Length);
        var findings = ImmutableArray.CreateBuilder<AnswerFinding>();
        var stated = Compare(all, groups, points, findings);
        foreach (var group in groups)
        {
            if (Coinciding(group) is { Length: > 0 } pairs) findings.Add(new PointsCoincide(group.Group, pairs));
            if (OutOfOrder(group) is { Length: > 0 } numbers) findings.Add(new OrderBreaks(group.Group, numbers));
        }
        return new AnswerCheck(stated, points, findings.ToImmutable());
    }

    /// <summary>
    /// The number in the words against the points: a stated total against all of them; else a number that belongs to a
    /// group against that group; else the only number there is against the only group.
    /// </summary>
    private static int? Compare(
        ImmutableArray<AnswerSegment> all, List<PointSegment> groups, int points,
        ImmutableArray<AnswerFinding>.Builder findings)
    {
        var text = AnswerText.Clean(all);
        if ((AnswerText.StatedCount(text) ?? StatedNumber.Total(text)) is { } total)
            return Against(total, points, group: null);
        int? sum = null;
        foreach (var group in groups)
        {
            var before = all.IndexOf(group) - 1;
            var own = StatedNumber.Leading(group.Text)
                ?? (before >= 0 && all[before] is TextSegment prose ? StatedNumber.Trailing(prose.Text) : null);
            if (own is not { } number) continue;
            sum = (sum ?? 0) + number;
            Against(number, group.Points.Length, group.Group);
        }
        if (sum is not null) return sum;
        return groups.Count == 1 && StatedNumber.Counted(text) is { } counted
            ? Against(counted, points, group: null)
            : null;

        int Against(int stated, int given, int? group)
        {
            if (stated != given) findings.Add(new CountDiffers(group, stated, given));
            return stated;
        }
    }

    /// <summary>
    /// Pairs of a group on the same place. Only neighbours in x are compared, so hundreds cost little.
    /// </summary>
    private static ImmutableArray<(int First, int Second)> Coinciding(PointSegment group)
    {
        var byX = group.Points.Sort((a, b) => a.X.CompareTo(b.X));
        var pairs = ImmutableArray.CreateBuilder<(int First, int Second)>();
        for (var i = 0; i < byX.Length; i++)
        {
            for (var j = i + 1; j < byX.Length && byX[j].X - byX[i].X <= SamePlace && pairs.Count < byX.Length; j++)
            {
                var (dx, dy) = (byX[j].X - byX[i].X, byX[j].Y - byX[i].Y);
                if (dx * dx + dy * dy <= SamePlace * SamePlace)
                    pairs.Add((Math.Min(byX[i].N, byX[j].N), Math.Max(byX[i].N, byX[j].N)));
            }
        }
        pairs.Sort();
        return pairs.ToImmutable();
    }

    /// <summary>
    /// Numbers of points that jump back. The published models were trained on points sorted by x, then y; the shipped
    /// tiny one reads line by line, where things on one line may stand a little higher or lower. A list that keeps
    /// either order has kept its place; of one that keeps neither, the nearer order counts.
    /// </summary>
    private static ImmutableArray<int> OutOfOrder(PointSegment group)
    {
        var acrosswise = JumpsBack(group.Points, point => (point.X, point.Y), SamePlace);
        var downwards = JumpsBack(group.Points, point => (point.Y, point.X), SameLine);
        return downwards.Length < acrosswise.Length ? downwards : acrosswise;
    }

    private static ImmutableArray<int> JumpsBack(
        ImmutableArray<ImagePoint> points, Func<ImagePoint, (double First, double Second)> by, double tolerance)
    {
        return [.. points.Zip(points.Skip(1))
            .Where(pair => IsBack(by(pair.First), by(pair.Second))).Select(pair => pair.Second.N)];

        bool IsBack((double First, double Second) before, (double First, double Second) next)
            => next.First < before.First - tolerance
                || (next.First == before.First && next.Second < before.Second - tolerance);
    }
}

/// <summary>One thing in which an answer does not agree with itself.</summary>
public abstract record AnswerFinding;

/// <summary>The words give another number than there are points.</summary>
/// <param name="Group">The group it is about; null for all together.</param>
/// <param name="Stated">In words.</param>
/// <param name="Given">Points.</param>
public sealed record CountDiffers(int? Group, int Stated, int Given) : AnswerFinding;

/// <summary>Points of one group on the same place.</summary>
/// <param name="Group">The group.</param>
/// <param name="Pairs">Numbers of the points, the lower first.</param>
public sealed record PointsCoincide(int Group, ImmutableArray<(int First, int Second)> Pairs) : AnswerFinding;

/// <summary>
/// Points that leave the order in which the model goes through a picture: it may have lost its place.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="Numbers">Numbers of the points that jump back.</param>
public sealed record OrderBreaks(int Group, ImmutableArray<int> Numbers) : AnswerFinding;
