using System.Globalization;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Chat;

/// <summary>How far a model is, in words for the page and the terminal. Numbers are written the same in every culture.</summary>
public static class ModelWords
{
    /// <summary>What is done: <c>Fetching owner/name</c>.</summary>
    public static string Title(ModelProgress progress)
        => progress.Stage == ModelStage.Fetching ? $"Fetching {progress.Model}" : $"Loading {progress.Model}";

    /// <summary>Whole percent: <c>43 %</c>.</summary>
    public static string Percent(ModelProgress progress) => string.Create(CultureInfo.InvariantCulture, $"{progress.Percent} %");

    /// <summary>Amount, rate and time left as far as known: <c>3.2 of 32.1 GB, 45 MB/s, about 11 minutes left</c>; may be empty.</summary>
    public static string Detail(ModelProgress progress)
    {
        var parts = new List<string>(3);
        if (progress.TotalBytes > 0)
        {
            var (unit, name) = progress.TotalBytes >= 1_000_000_000 ? (1e9, "GB") : (1e6, "MB");
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{progress.DoneBytes / unit:0.0} of {progress.TotalBytes / unit:0.0} {name}"));
        }
        if (progress.BytesPerSecond > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{progress.BytesPerSecond / 1e6:0.#} MB/s"));
        if (progress.SecondsLeft is { } left and >= 0) parts.Add($"about {Left(left)} left");
        return string.Join(", ", parts);
    }

    /// <summary>All of it in one line.</summary>
    public static string Line(ModelProgress progress)
        => Detail(progress) is { Length: > 0 } detail ? $"{Title(progress)}: {Percent(progress)}, {detail}" : $"{Title(progress)}: {Percent(progress)}";

    /// <summary>What can be done meanwhile.</summary>
    public static string Meanwhile(ModelProgress progress) => progress.Stage == ModelStage.Fetching
        ? "The gallery can be looked at meanwhile, and questions wait."
        : "You can ask already; the answer begins as soon as the model is ready.";

    private static string Left(double seconds) => seconds switch
    {
        < 90 => Amount(seconds, "second"),
        < 90 * 60 => Amount(seconds / 60, "minute"),
        _ => Amount(seconds / 3600, "hour"),
    };

    private static string Amount(double value, string unit) => AnswerWords.Count(Math.Max(1, (long)Math.Ceiling(Math.Min(value, 1e9))), unit);
}
