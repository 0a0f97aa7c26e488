namespace Molmo.Demo.Lab.Evaluation;

/// <summary>A share of questions.</summary>
/// <param name="Correct">Answered well.</param>
/// <param name="Total">Asked.</param>
internal sealed record Share(int Correct, int Total)
{
    /// <summary>0 to 1; 0 where nothing was asked.</summary>
    public double Accuracy => Total > 0 ? (double)Correct / Total : 0;

    public static Share Of(IEnumerable<EvaluatedAnswer> answers, Func<EvaluatedAnswer, bool> isCorrect)
    {
        var all = answers.ToList();
        return new Share(all.Count(isCorrect), all.Count);
    }
}

/// <summary>Pointing over several questions: points and objects of all are pooled first.</summary>
/// <param name="Distance">Greatest distance of a hit, in percent of the picture's sides; null for hits in the object's
/// own box.</param>
/// <param name="Hits">See <see cref="PointingScore"/>.</param>
/// <param name="Predicted">See <see cref="PointingScore"/>.</param>
/// <param name="Actual">See <see cref="PointingScore"/>.</param>
/// <param name="Precision">0 to 1.</param>
/// <param name="Recall">0 to 1.</param>
/// <param name="F1">0 to 1.</param>
/// <param name="MeanF1">Mean of the questions' own F1, in which a question about one object weighs as much as one about
/// twenty.</param>
internal sealed record PointingReport(
    double? Distance, int Hits, int Predicted, int Actual, double Precision, double Recall, double F1, double MeanF1)
{
    public static PointingReport Of(IEnumerable<PointingScore?> scores, double? distance)
    {
        var known = scores.OfType<PointingScore>().ToList();
        var sum = known.Aggregate(default(PointingScore), (a, b) => a + b);
        return new PointingReport(
            distance, sum.Hits, sum.Predicted, sum.Actual, sum.Precision, sum.Recall, sum.F1,
            known.Select(s => s.F1).DefaultIfEmpty(1).Average());
    }
}
