namespace Molmo.Demo.Lab.Evaluation;

/// <summary>When a point hits its object.</summary>
/// <param name="Distance">Greatest distance, in percent of the picture's sides.</param>
/// <param name="InBox">Pictures of misses go by the object's own box where that is known, and boxes are reported
/// beside distances.</param>
internal readonly record struct HitRule(double Distance, bool InBox = false)
{
    public const double StandardDistance = 5;
}

/// <summary>An answer beside what is true.</summary>
/// <param name="File">The picture.</param>
/// <param name="Label">What was asked for; empty where the question was given as worded.</param>
/// <param name="Kind">Which question.</param>
/// <param name="Question">It as asked.</param>
/// <param name="Text">The answer verbatim.</param>
/// <param name="Actual">Objects of the label in the picture; 0 for an absent one.</param>
/// <param name="Counted">The number that the answer gives, see <see cref="CountedAnswer"/>.</param>
/// <param name="Score">Its points against the objects by distance; null where only their number is known.</param>
/// <param name="InBox">The same by the objects' boxes; null where these are not known.</param>
internal sealed record EvaluatedAnswer(
    string File, string Label, QuestionKind Kind, string Question, string Text, int Actual, int Counted,
    PointingScore? Score, PointingScore? InBox)
{
    /// <summary>
    /// The count is exact; of an absent label asked to be pointed at: nothing is pointed at. Not defined by this for a
    /// present label asked to be pointed at, whose points are scored.
    /// </summary>
    [JsonIgnore]
    public bool IsExact => Kind == QuestionKind.Count ? Counted == Actual : Score?.Predicted == Actual;

    /// <summary>The count is at most one off.</summary>
    [JsonIgnore]
    public bool IsWithinOne => Math.Abs((long)Counted - Actual) <= 1;

    /// <summary>Points and missed objects, by the rule that was asked for; none where only a number is known.</summary>
    [JsonIgnore]
    public ImmutableArray<Mark> Marks { get; init; } = [];

    /// <summary>Something is wrong with it: the count, a point, or an object without one.</summary>
    [JsonIgnore]
    public bool IsMiss => Kind == QuestionKind.Count ? !IsExact : Marks.Any(mark => mark.Kind != MarkKind.Hit);

    public static EvaluatedAnswer Of(TruthQuestion question, string text, HitRule rule)
    {
        var segments = PointMarkupParser.Parse(text);
        (double X, double Y)[] points =
            [.. segments.OfType<PointSegment>().SelectMany(s => s.Points).Select(p => (p.X, p.Y))];
        var matching = question.Centres is { } centres ? new PointMatching(points, centres) : null;
        var near = matching?.HitsWithin(rule.Distance);
        var inBox = question.Boxes is { } boxes ? matching?.HitsIn(boxes) : null;
        return new EvaluatedAnswer(
            question.File, question.Label, question.Kind, question.Text, text, question.Count,
            CountedAnswer.Read(AnswerText.Clean(segments), points.Length),
            near is null ? null : matching!.Score(near), inBox is null ? null : matching!.Score(inBox))
        {
            Marks = near is null ? [] : matching!.Marks(rule.InBox && inBox is not null ? inBox : near),
        };
    }
}
