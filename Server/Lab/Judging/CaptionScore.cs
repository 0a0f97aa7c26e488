using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Lab.Judging;

/// <summary>A caption against what people said of the same picture.</summary>
/// <param name="Precision">Share of the caption's statements that are consistent with the transcripts, 0 to 1; 0 where
/// it states nothing.</param>
/// <param name="Recall">Share of the transcripts' statements that the caption states, 0 to 1.</param>
internal sealed record CaptionScore(double Precision, double Recall)
{
    public const string Metric = "caption_f1";

    /// <summary>Harmonic mean; 0 where both are 0.</summary>
    public double F1 => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;

    public IEnumerable<(string Name, double Value)> Values
        => [("precision", Precision), ("recall", Recall), (Metric, F1)];

    /// <summary>Asks the judge for the statements of both sides and for its verdicts on them.</summary>
    /// <exception cref="UnjudgedException">The judge's reply could not be read, twice.</exception>
    /// <exception cref="FormatException">The line has no transcript.</exception>
    /// <exception cref="CommandException">The judge gave no reply.</exception>
    public static async Task<CaptionScore> JudgeAsync(
        PredictionRow row, IJudge judge, CancellationToken cancellationToken)
    {
        string[] transcripts = [.. row.Transcripts.Where(text => !string.IsNullOrWhiteSpace(text))];
        if (transcripts.Length == 0) throw new FormatException("The member \"transcripts\" is missing or empty.");
        var wanted = await AskAsync(JudgeQuestions.StatementsOf(transcripts), JudgeQuestions.ReadTexts,
            "the statements of the transcripts");
        if (wanted.Count == 0) throw new UnjudgedException("the judge found no statement in the transcripts");
        IReadOnlyList<string> said = string.IsNullOrWhiteSpace(row.Prediction) ? [] : await AskAsync(
            JudgeQuestions.StatementsOf(row.Prediction), JudgeQuestions.ReadTexts, "the statements of the caption");
        if (said.Count == 0) return new CaptionScore(0, 0);
        var stated = await AskAsync(JudgeQuestions.StatedBy(row.Prediction, wanted),
            reply => JudgeQuestions.ReadVerdicts(reply, wanted.Count), "what the caption states");
        var consistent = await AskAsync(JudgeQuestions.ConsistentWith(transcripts, said),
            reply => JudgeQuestions.ReadVerdicts(reply, said.Count), "what is consistent");
        return new CaptionScore(Share(consistent), Share(stated));

        async Task<T> AskAsync<T>(JudgeRequest request, Func<string, T?> read, string what) where T : class
        {
            if (read(await judge.AskAsync(request, cancellationToken)) is { } first) return first;
            var again = request with { User = $"{request.User}\n\n{JudgeQuestions.Reminder}" };
            return read(await judge.AskAsync(again, cancellationToken))
                ?? throw new UnjudgedException($"the judge's reply on {what} could not be read, asked twice");
        }
    }

    private static double Share(IReadOnlyList<bool> verdicts)
        => (double)verdicts.Count(verdict => verdict) / verdicts.Count;
}

/// <summary>A line has no score, and the others go on. The message goes behind "is unjudged:".</summary>
internal sealed class UnjudgedException(string message) : Exception(message);
