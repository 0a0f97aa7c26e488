using System.Globalization;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>How far a fetch is, in words: <c>3.2 of 32.1 GB, 45 MB/s, about 11 minutes left</c>.</summary>
public static class FetchWords
{
    public static string Say(FetchProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var (unit, name) = progress.TotalBytes >= 1_000_000_000 ? (1e9, "GB") : (1e6, "MB");
        var text = string.Create(CultureInfo.InvariantCulture, $"{progress.DoneBytes / unit:0.0} of {progress.TotalBytes / unit:0.0} {name}");
        if (progress.BytesPerSecond <= 0 || progress.Remaining is not { } left) return text;
        return string.Create(CultureInfo.InvariantCulture, $"{text}, {progress.BytesPerSecond / 1e6:0.#} MB/s, about {Left(left)} left");
    }

    private static string Left(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => Amount(time.TotalSeconds, "second"),
        { TotalMinutes: < 90 } => Amount(time.TotalMinutes, "minute"),
        _ => Amount(time.TotalHours, "hour"),
    };

    private static string Amount(double value, string unit)
    {
        var count = Math.Max(1, (long)Math.Ceiling(value));
        return string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
    }
}
