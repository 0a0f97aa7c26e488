namespace Molmo.Demo.Lab.Evaluation;

/// <summary>What <c>evaluate</c> found.</summary>
/// <param name="Pictures">Pictures asked about.</param>
/// <param name="Counting">See <see cref="EvaluationFigures"/>.</param>
/// <param name="WithinOne">See <see cref="EvaluationFigures"/>.</param>
/// <param name="Pointing">See <see cref="EvaluationFigures"/>.</param>
/// <param name="InBox">See <see cref="EvaluationFigures"/>.</param>
/// <param name="Absent">See <see cref="EvaluationFigures"/>.</param>
/// <param name="Labels">The same for each label, in the order of the alphabet; questions given as worded have
/// none.</param>
/// <param name="Stamp">What was evaluated.</param>
/// <param name="ElapsedMs">Milliseconds for all, loading apart.</param>
/// <param name="Answers">Every answer.</param>
internal sealed record EvaluationReport(
    int Pictures, Share Counting, Share WithinOne, PointingReport Pointing, PointingReport? InBox, Share Absent,
    IReadOnlyDictionary<string, EvaluationFigures> Labels, EngineStamp Stamp, double ElapsedMs,
    IReadOnlyList<EvaluatedAnswer> Answers)
{
    public static EvaluationReport Of(
        IReadOnlyList<EvaluatedAnswer> answers, HitRule rule, EngineStamp stamp, double elapsedMs)
    {
        var all = EvaluationFigures.Of(answers, rule);
        var labels = answers.Where(a => a.Label.Length > 0).GroupBy(a => a.Label)
            .OrderBy(label => label.Key, StringComparer.Ordinal)
            .ToDictionary(label => label.Key, label => EvaluationFigures.Of(label, rule));
        return new EvaluationReport(
            answers.Select(a => a.File).Distinct().Count(), all.Counting, all.WithinOne, all.Pointing, all.InBox,
            all.Absent, labels, stamp, elapsedMs, answers);
    }

    private string Asked => string.Concat(Stamp.Style is { } style ? $", {style}:" : "",
        Stamp.MaxCrops is { } most ? $", up to {most} crop{(most == 1 ? "" : "s")}" : "");

    /// <summary>What was evaluated, and how much.</summary>
    [JsonIgnore]
    public string Title => $"{Stamp.Model} {Stamp.Revision}, {Stamp.Precision}, {Stamp.Device}{Asked}; pictures: "
        + $"{Pictures}, questions: {Answers.Count}";

    /// <summary>For people. What nothing was asked about has no line.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Title;
        if (Counting.Total > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Counting  {Counting.Accuracy,7:P1} exact ({Counting.Correct} of {Counting.Total}), "
                    + $"{WithinOne.Accuracy:P1} within one ({WithinOne.Correct})");
        }

        if (Pointing.Actual > 0) yield return Line("Pointing", Pointing);
        if (InBox is { Actual: > 0 }) yield return Line("In boxes", InBox);
        if (Absent.Total > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Absent    {Absent.Accuracy,7:P1} answered with none ({Absent.Correct} of {Absent.Total})");
        }
    }

    private static string Line(string name, PointingReport pointing)
    {
        var within = pointing.Distance is { } distance ? $" within distance {distance}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{name}  {pointing.F1,7:P1} F1 "
            + $"(mean of questions {pointing.MeanF1:P1}), precision {pointing.Precision:P1}, "
            + $"recall {pointing.Recall:P1}{within} "
            + $"({pointing.Hits} hits of {pointing.Predicted} points on {pointing.Actual} objects)");
    }
}
