namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>From times to figures.</summary>
internal static class BenchRates
{
    /// <summary>The middle of at least one value, or the mean of the two in the middle.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Tokens a second after the first; 0 where there is only that.</summary>
    /// <param name="times">When each token came, at least one.</param>
    public static double Alone(IReadOnlyList<TimeSpan> times)
        => Rate(times.Count - 1, times[^1] - times[0]);

    /// <summary>
    /// Tokens a second of all answers together, while all of them are written: from the latest first token to the
    /// earliest last one. Where there is no such time, from the first of all tokens to the last.
    /// </summary>
    /// <param name="answers">When each answer's tokens came, at least one each.</param>
    public static double Together(IReadOnlyList<IReadOnlyList<TimeSpan>> answers)
    {
        var (begin, end) = (answers.Max(times => times[0]), answers.Min(times => times[^1]));
        if (begin < end) return Rate(answers.Sum(times => times.Count(t => t > begin && t <= end)), end - begin);
        return Rate(
            answers.Sum(times => times.Count) - 1, answers.Max(times => times[^1]) - answers.Min(times => times[0]));
    }

    private static double Rate(int tokens, TimeSpan time)
        => time > TimeSpan.Zero ? tokens / time.TotalSeconds : 0;
}
