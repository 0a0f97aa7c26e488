namespace Molmo.Demo.Lab.Evaluation;

/// <summary>The figures of some answers, of all or of one label.</summary>
/// <param name="Counting">Counting questions about present labels: exact ones.</param>
/// <param name="WithinOne">The same questions: those at most one off.</param>
/// <param name="Pointing">Pointing questions about present labels.</param>
/// <param name="InBox">The same by the objects' own boxes; null where that was not asked for.</param>
/// <param name="Absent">Both questions about absent labels: those answered with no object.</param>
internal sealed record EvaluationFigures(
    Share Counting, Share WithinOne, PointingReport Pointing, PointingReport? InBox, Share Absent)
{
    public static EvaluationFigures Of(IEnumerable<EvaluatedAnswer> answers, HitRule rule)
    {
        var all = answers.ToList();
        var present = all.Where(a => a.Actual > 0).ToLookup(a => a.Kind);
        return new EvaluationFigures(
            Share.Of(present[QuestionKind.Count], a => a.IsExact),
            Share.Of(present[QuestionKind.Count], a => a.IsWithinOne),
            PointingReport.Of(present[QuestionKind.Point].Select(a => a.Score), rule.Distance),
            rule.InBox ? PointingReport.Of(present[QuestionKind.Point].Select(a => a.InBox), distance: null) : null,
            Share.Of(all.Where(a => a.Actual == 0), a => a.IsExact));
    }
}
