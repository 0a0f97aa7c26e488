namespace Molmo.Demo.Lab.Scoring;

/// <summary>Metrics by name, those that need no judge.</summary>
internal static class Metric
{
    private static readonly Dictionary<string, Func<PredictionRow, IEnumerable<(string Name, double Value)>>> All =
        new()
        {
            ["pointing"] = Pointing,
            ["counting"] = Counting,
            ["vqa_score"] = row => One("vqa_score", ShortAnswerScores.Vqa(row.NeedAnswers(), Answer(row))),
            ["a_okvqa_score"] = row => One("a_okvqa_score", ShortAnswerScores.AOkVqa(row.NeedAnswers(), Answer(row))),
            ["ansl"] = row => One("ansl", row.NeedAnswers().Max(answer => ShortAnswerScores.Anls(answer, Answer(row)))),
            ["relaxed_correctness"] = row => One(
                "relaxed_correctness", row.NeedAnswers().Max(answer => ShortAnswerScores.Relaxed(answer, Answer(row)))),
            ["em"] = row => One("em", ShortAnswerScores.Exact(row.NeedAnswers(), Answer(row))),
            ["mc"] = row => One("mc",
                OptionChoice.Select(Answer(row), row.Options) == PredictionRow.Need(row.AnswerIndex, "answerIndex") ? 1
                    : 0),
            ["real_world_qa_score"] = row => One("real_world_qa_score",
                ShortAnswerScores.RealWorldQa(row.IsMultipleChoice, row.NeedAnswers()[0], Answer(row))),
            ["mmmu_score"] = row => One("mmmu_score", row.IsMultipleChoice
                ? MmmuScore.MultipleChoice(row.NeedAnswers()[0], row.Options, Answer(row))
                : MmmuScore.Open(row.NeedAnswers()[0], Answer(row))),
            ["clock"] = Clock,
            ["android_control"] = AndroidControl,
        };

    public static IReadOnlyList<string> Names => [.. All.Keys];

    /// <summary>Scores of one line.</summary>
    /// <exception cref="FormatException">The line lacks what the metric needs.</exception>
    public static IEnumerable<(string Name, double Value)> Score(string metric, PredictionRow row) => All[metric](row);

    /// <summary>Mean of each score, in the order they first appear, and how many lines have it.</summary>
    public static IReadOnlyDictionary<string, (double Mean, int Count)> Mean(
        IEnumerable<(string Name, double Value)> scores)
        => scores.GroupBy(score => score.Name)
            .ToDictionary(group => group.Key, group => (group.Average(score => score.Value), group.Count()));

    private static IEnumerable<(string Name, double Value)> Pointing(PredictionRow row)
    {
        if (row.Size is not [var width, var height])
            throw new FormatException("The member \"size\" is not a width and a height.");
        if (row.Points.Any(point => point.Length != 2) || row.Points.Length != row.Masks.Length)
            throw new FormatException("There are not as many masks as points of two numbers.");
        var score = PublishedPointing.Of(row.Prediction, width, height,
            [.. row.Points.Select(point => (point[0], point[1]))], [.. row.Masks.Select(mask => mask.ToMask())]);
        return [("precision", score.Precision), ("recall", score.Recall), ("f1", score.F1)];
    }

    private static IEnumerable<(string Name, double Value)> Counting(PredictionRow row)
    {
        var actual = PredictionRow.Need(row.Count, "count");
        var score = PublishedCounting.Of(row.Prediction, actual);
        var correct = score.IsCorrect ? 1 : 0;
        return
        [
            ("close", score.IsClose ? 1 : 0), ("valid", score.Number is null ? 0 : 1), ("correct", correct),
            (string.Create(CultureInfo.InvariantCulture, $"correct_{actual}"), correct),
        ];
    }

    private static IEnumerable<(string Name, double Value)> Clock(PredictionRow row)
    {
        var score = ClockScore.Of(row.Prediction, row.NeedAnswers()[0]);
        return
        [
            ("clock", score.IsRight ? 1 : 0), ("hour", score.IsHourRight ? 1 : 0),
            ("minute", score.IsMinuteRight ? 1 : 0), ("valid", score.IsValid ? 1 : 0),
        ];
    }

    private static IEnumerable<(string Name, double Value)> AndroidControl(PredictionRow row)
    {
        var actual = row.Action ?? throw new FormatException("The member \"action\" is missing.");
        var score = AndroidScore.Of(row.Prediction, actual, row.Box, row.Size);
        return
        [
            ("step", score.IsRight ? 1 : 0), ("step_in_box", score.IsInBox ? 1 : 0),
            ("type", score.IsTypeRight ? 1 : 0),
        ];
    }

    private static string Answer(PredictionRow row) => ShortAnswerScores.Extract(row.Prediction);

    private static IEnumerable<(string Name, double Value)> One(string name, double value) => [(name, value)];
}
