namespace Molmo.Demo.Lab.Scoring;

/// <summary>A time that was read off a clock against the true one.</summary>
/// <param name="IsValid">The answer has a time.</param>
/// <param name="IsRight">It is at most a minute off, round the dial.</param>
/// <param name="IsHourRight">It is in the same hour, or at most a minute off.</param>
/// <param name="IsMinuteRight">The long hand is at most a minute off, whatever the hour.</param>
internal sealed record ClockScore(bool IsValid, bool IsRight, bool IsHourRight, bool IsMinuteRight)
{
    /// <exception cref="FormatException">What is true is no time.</exception>
    public static ClockScore Of(string prediction, string answer)
    {
        var actual = ClockTime.Read(answer) ?? throw new FormatException($"The answer \"{answer}\" is no time.");
        if (ClockTime.Read(prediction) is not { } read) return new ClockScore(false, false, false, false);
        var isRight = read.MinutesFrom(actual) <= 1;
        return new ClockScore(true, isRight, isRight || read.IsInHourOf(actual), read.LongHandFrom(actual) <= 1);
    }
}
