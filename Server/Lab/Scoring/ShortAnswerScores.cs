namespace Molmo.Demo.Lab.Scoring;

/// <summary>Scores of short answers, each as the published evaluation computes it; 0 to 1.</summary>
internal static class ShortAnswerScores
{
    private const double AnlsThreshold = 0.5;
    private const double RelaxedChange = 0.05;

    /// <summary>VQA 2: a third for each of the answers that is the same after normalisation, at most 1.</summary>
    public static double Vqa(IEnumerable<string> answers, string prediction)
    {
        var normalised = VqaNormalisation.Apply(prediction);
        return Third(answers.Count(answer => VqaNormalisation.Apply(answer) == normalised));
    }

    /// <summary>A-OKVQA: the same without normalisation, letters' case and white space around it aside.</summary>
    public static double AOkVqa(IEnumerable<string> answers, string prediction)
        => Third(answers.Count(answer => Folded(answer) == Folded(prediction)));

    /// <summary>DocVQA: one less the edits for each character, 0 where half or more would have to change.</summary>
    public static double Anls(string answer, string prediction)
    {
        var longer = Math.Max(EditDistance.Characters(answer), EditDistance.Characters(prediction));
        if (longer == 0) return 1;
        var distance = (double)EditDistance.Between(answer.ToLowerInvariant(), prediction.ToLowerInvariant()) / longer;
        return distance < AnlsThreshold ? 1 - distance : 0;
    }

    /// <summary>
    /// ChartQA: numbers may be 5 % off, a percentage is a hundredth; anything else, and a true 0, must be the same
    /// text.
    /// </summary>
    public static double Relaxed(string answer, string prediction)
    {
        var isRight =
            PythonNumber.Parse(prediction) is { } predicted && PythonNumber.Parse(answer) is { } actual && actual != 0
                ? Math.Abs(predicted - actual) / Math.Abs(actual) <= RelaxedChange
                : string.Equals(prediction, answer, StringComparison.OrdinalIgnoreCase);
        return isRight ? 1 : 0;
    }

    /// <summary>The same text as one of the answers, letters' case aside.</summary>
    public static double Exact(IEnumerable<string> answers, string prediction)
        => answers.Contains(prediction, StringComparer.OrdinalIgnoreCase) ? 1 : 0;

    /// <summary>RealWorldQA: the letter, or the same text after normalisation.</summary>
    public static double RealWorldQa(bool isMultipleChoice, string answer, string prediction)
    {
        string[] letters = ["A", "B", "C", "D"];
        var isRight = isMultipleChoice
            ? Array.IndexOf(letters, answer) == OptionChoice.Select(prediction, letters)
            : VqaNormalisation.Apply(prediction) == VqaNormalisation.Apply(answer);
        return isRight ? 1 : 0;
    }

    /// <summary>
    /// The part of a text that is scored: what follows the first <c>Answer:</c>; else, of several lines, the most
    /// frequent; else the line with its white space squeezed.
    /// </summary>
    public static string Extract(string text)
    {
        const string mark = "Answer:";
        text = text.Trim();
        if (text.Split(mark) is [_, var after, ..]) return after.Trim();
        var lines = text.Split('\n').Select(Squeezed).ToList();
        return lines.CountBy(line => line).MaxBy(line => line.Value).Key;
    }

    private static string Squeezed(string line)
        => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Folded(string text) => text.ToLowerInvariant().Trim();

    private static double Third(int same) => Math.Min(same / 3.0, 1);
}
