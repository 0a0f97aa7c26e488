using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Measured figures beside what was aimed at, as Markdown.</summary>
internal sealed class TargetTable
{
    private readonly List<string> _rows = [];
    private readonly string _loadBefore = Load();
    private readonly (long Stolen, long All) _timesBefore = Times();

    /// <param name="what">What was measured.</param>
    /// <param name="target">What was aimed at; null where nothing was.</param>
    /// <param name="measured">Figures with their units.</param>
    /// <param name="isMet">Whether it was reached; null where nothing was aimed at or it could not be measured.</param>
    /// <param name="how">What the figure includes.</param>
    public void Add(string what, string? target, string measured, bool? isMet, string how)
        => _rows.Add($"| {what} | {target ?? "none given"} | {measured} | "
            + $"{isMet switch { true => "yes", false => "**no**", null => "" }} | {how} |");

    public static string Number(double value, string format = "0.##")
        => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Kilobytes(double bytes) => $"{Number(bytes / 1000, "0.#")} kB";

    /// <summary>The value that this part of all is not above.</summary>
    public static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * part) - 1)];
    }

    public string Write(IBrowser browser) => new StringBuilder()
        .Append("# Targets and figures\n\n")
        .Append("Each row is a target of the product's guide, or a figure that was asked for, "
            + "with what one run measured. Times are of\n")
        .Append("this machine at this load and of nothing else; no test asserts them. To measure again:\n\n"
            + "```bash\nMOLMO_TARGETS=docs/targets.md "
            + "artifacts/bin/Molmo.Demo.Browser.Tests/release/Molmo.Demo.Browser.Tests \\\n  -class "
            + "Molmo.Demo.Browser.Tests.TargetsReport\n```\n\n")
        .Append("`MOLMO_BROWSER=firefox` or `webkit` (with `MOLMO_BROWSER_PATH` where Playwright's own is not "
            + "installed) measures another\nbrowser, without the rows of bytes and slow lines.\n\n")
        .Append(CultureInfo.InvariantCulture, $"- Date: {DateTime.UtcNow:d MMMM yyyy HH:mm} UTC\n")
        .Append(CultureInfo.InvariantCulture, $"- Machine: {Machine.Processor()}, {Environment.ProcessorCount} cores, "
            + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB, {RuntimeInformation.OSDescription}\n")
        .Append(CultureInfo.InvariantCulture, $"- Load (1, 5, 15 minutes) before and after: {_loadBefore}; {Load()}. "
            + $"Server, browser and this program share\n  the cores\n")
        .Append(CultureInfo.InvariantCulture, $"- Time of the cores that went to other machines of the same host "
            + $"meanwhile: {Stolen()}. It shows as long frames and tasks\n  here\n")
        .Append(CultureInfo.InvariantCulture,
            $"- Browser: {browser.BrowserType.Name} {browser.Version}, headless, drawing without a GPU\n\n")
        .Append("| | target | measured | met | how |\n|---|---|---|---|---|\n")
        .AppendJoin('\n', _rows).Append('\n').ToString();

    private static string Load()
        => File.Exists("/proc/loadavg")
            ? string.Join(", ", File.ReadAllText("/proc/loadavg").Split(' ').Take(3))
            : "not known";

    private string Stolen()
    {
        var (stolen, all) = Times();
        return all > _timesBefore.All
            ? string.Create(CultureInfo.InvariantCulture,
                $"{100.0 * (stolen - _timesBefore.Stolen) / (all - _timesBefore.All):0.#} %")
            : "not known";
    }

    /// <summary>Ticks of all cores since the start, and those of them that the host gave to others.</summary>
    private static (long Stolen, long All) Times()
    {
        if (!File.Exists("/proc/stat")) return default;
        // cpu user nice system idle iowait irq softirq steal ...; what follows is part of user and nice.
        long[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(8).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return (ticks[^1], ticks.Sum());
    }
}
