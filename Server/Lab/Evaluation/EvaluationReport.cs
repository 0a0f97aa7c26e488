namespace Molmo.Demo.Lab.Evaluation;

/// <summary>What <c>evaluate</c> found.</summary>
/// <param name="Pictures">Pictures asked about.</param>
/// <param name="Counting">Counting questions about present labels: exact ones.</param>
/// <param name="Pointing">Pointing questions about present labels.</param>
/// <param name="Absent">Both questions about absent labels: those answered with no object.</param>
/// <param name="Stamp">What was evaluated.</param>
/// <param name="ElapsedMs">Milliseconds for all, loading apart.</param>
/// <param name="Answers">Every answer.</param>
internal sealed record EvaluationReport(
    int Pictures, Share Counting, PointingReport Pointing, Share Absent, EngineStamp Stamp, double ElapsedMs,
    IReadOnlyList<EvaluatedAnswer> Answers)
{
    public static EvaluationReport Of(
        IReadOnlyList<EvaluatedAnswer> answers, double distance, EngineStamp stamp, double elapsedMs)
    {
        var present = answers.Where(a => a.Actual > 0).ToLookup(a => a.Kind);
        return new EvaluationReport(
            answers.Select(a => a.File).Distinct().Count(),
            Share.Of(present[QuestionKind.Count]),
            PointingReport.Of([.. present[QuestionKind.Point].Select(a => a.Score)], distance),
            Share.Of(answers.Where(a => a.Actual == 0)),
            stamp, elapsedMs, answers);
    }

    private string Asked => string.Concat(Stamp.Style is { } style ? $", {style}:" : "",
        Stamp.MaxCrops is { } most ? $", up to {most} crop{(most == 1 ? "" : "s")}" : "");

    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{Stamp.Model} {Stamp.Revision}, {Stamp.Precision}, {Stamp.Device}{Asked}; pictures: "
            + $"{Pictures}, questions: {Answers.Count}";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Counting  {Counting.Accuracy,7:P1} exact ({Counting.Correct} of {Counting.Total})");
        yield return string.Create(CultureInfo.InvariantCulture, $"Pointing  {Pointing.F1,7:P1} F1, "
            + $"precision {Pointing.Precision:P1}, recall {Pointing.Recall:P1} within distance {Pointing.Distance} "
            + $"({Pointing.Hits} hits of {Pointing.Predicted} points on {Pointing.Actual} objects)");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Absent    {Absent.Accuracy,7:P1} answered with none ({Absent.Correct} of {Absent.Total})");
    }
}

/// <summary>A share of questions.</summary>
/// <param name="Correct">Answered exactly.</param>
/// <param name="Total">Asked.</param>
internal sealed record Share(int Correct, int Total)
{
    /// <summary>0 to 1; 0 where nothing was asked.</summary>
    public double Accuracy => Total > 0 ? (double)Correct / Total : 0;

    public static Share Of(IEnumerable<EvaluatedAnswer> answers)
    {
        var all = answers.ToList();
        return new Share(all.Count(a => a.IsExact), all.Count);
    }
}

/// <summary>Pointing over all questions: points and objects of all are pooled before the shares are taken.</summary>
/// <param name="Distance">Greatest distance of a hit, in percent of the picture's sides.</param>
/// <param name="Hits">See <see cref="PointingScore"/>.</param>
/// <param name="Predicted">See <see cref="PointingScore"/>.</param>
/// <param name="Actual">See <see cref="PointingScore"/>.</param>
/// <param name="Precision">0 to 1.</param>
/// <param name="Recall">0 to 1.</param>
/// <param name="F1">0 to 1.</param>
/// <param name="MeanF1">Mean of the questions' own F1, in which a question about one object weighs as much as one about
/// twenty.</param>
internal sealed record PointingReport(
    double Distance, int Hits, int Predicted, int Actual, double Precision, double Recall, double F1, double MeanF1)
{
    public static PointingReport Of(IReadOnlyList<PointingScore> scores, double distance)
    {
        var sum = scores.Aggregate(default(PointingScore), (a, b) => a + b);
        return new PointingReport(
            distance, sum.Hits, sum.Predicted, sum.Actual, sum.Precision, sum.Recall, sum.F1,
            scores.Select(s => s.F1).DefaultIfEmpty(1).Average());
    }
}
