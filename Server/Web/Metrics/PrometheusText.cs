using System.Diagnostics.Metrics;

namespace Molmo.Demo.Server.Web.Metrics;

/// <summary>
/// Prometheus' text format 0.0.4. Names follow OpenTelemetry's rules for Prometheus: underscores for dots, the unit as
/// suffix, <c>_total</c> on counters.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(
        IEnumerable<(Instrument Instrument, SortedDictionary<string, Series> Series)> instruments)
    {
        var text = new StringBuilder();
        foreach (var (instrument, all) in instruments)
        {
            var type = TypeOf(instrument);
            var name = NameOf(instrument, type);
            var help = (instrument.Description ?? "")
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            Line($"# HELP {name} {help}");
            Line($"# TYPE {name} {type}");
            foreach (var (labels, series) in all)
            {
                if (series.Buckets is { } buckets) WriteHistogram(name, labels, series, buckets);
                else Line($"{name}{Braces(labels)} {Number(series.Sum)}");
            }
        }
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void WriteHistogram(string name, string labels, Series series, long[] buckets)
        {
            long below = 0;
            for (var i = 0; i < buckets.Length; i++)
            {
                below += buckets[i];
                var bound = i < MetricsListener.Bounds.Length ? Number(MetricsListener.Bounds[i]) : "+Inf";
                Line($"{name}_bucket{Braces($"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"")} {below}");
            }
            Line($"{name}_sum{Braces(labels)} {Number(series.Sum)}");
            Line($"{name}_count{Braces(labels)} {series.Count}");
        }
    }

    /// <summary>Labels in order, as they stand between the braces.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.Length == 0) return "";
        var pairs = new List<string>(labels.Length);
        foreach (var (name, value) in labels)
            pairs.Add($"{Plain(name)}=\"{Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"");
        pairs.Sort(StringComparer.Ordinal);
        return string.Join(',', pairs);
    }

    private static string TypeOf(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        return kind == typeof(Histogram<>) ? "histogram"
            : kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? "counter"
            : "gauge";
    }

    private static string NameOf(Instrument instrument, string type)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" when type == "gauge" => "_ratio",
            _ => "",
        };
        return $"{Plain(instrument.Name)}{unit}{(type == "counter" ? "_total" : "")}";
    }

    private static string Plain(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private static string Escape(string value)
        => value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Braces(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
