namespace Molmo.Demo.Lab.Evaluation;

/// <summary>The two questions asked about a label.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuestionKind>))]
internal enum QuestionKind
{
    /// <summary>How many X are there?</summary>
    Count,

    /// <summary>Point to the X.</summary>
    Point,
}

/// <summary>An answer beside what is true.</summary>
/// <param name="File">The picture.</param>
/// <param name="Label">What was asked for.</param>
/// <param name="Kind">Which question.</param>
/// <param name="Text">The answer verbatim.</param>
/// <param name="Actual">Objects of the label in the picture; 0 for an absent one.</param>
/// <param name="Counted">The number that the answer gives, see <see cref="CountedAnswer"/>.</param>
/// <param name="Score">Its points against the objects.</param>
internal sealed record EvaluatedAnswer(
    string File, string Label, QuestionKind Kind, string Text, int Actual, int Counted, PointingScore Score)
{
    public string Question => Ask(Kind, Label);

    /// <summary>
    /// The count is exact; of an absent label asked to be pointed at: nothing is pointed at. Not defined by this for a
    /// present label asked to be pointed at, whose points are scored.
    /// </summary>
    [JsonIgnore]
    public bool IsExact => Kind == QuestionKind.Count ? Counted == Actual : Score.Predicted == Actual;

    public static string Ask(QuestionKind kind, string label)
        => kind == QuestionKind.Count ? $"How many {label} are there?" : $"Point to the {label}.";

    public static EvaluatedAnswer Of(TruthImage picture, string label, QuestionKind kind, string text, double distance)
    {
        var segments = PointMarkupParser.Parse(text);
        (double X, double Y)[] points =
            [.. segments.OfType<PointSegment>().SelectMany(s => s.Points).Select(p => (p.X, p.Y))];
        var centres = picture.CentresOf(label);
        return new EvaluatedAnswer(
            picture.File, label, kind, text, centres.Count,
            CountedAnswer.Read(AnswerText.Clean(segments), points.Length), PointingScore.Of(points, centres, distance));
    }
}
