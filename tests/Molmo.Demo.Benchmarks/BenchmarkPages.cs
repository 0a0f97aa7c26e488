using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace Molmo.Demo.Benchmarks;

/// <summary>The figures of one processor as a page of the repository.</summary>
internal static partial class BenchmarkPages
{
    /// <summary>
    /// Writes <c>{processor}.md</c>, with family and model in its name: rented machines call many processors the same.
    /// </summary>
    /// <returns>The exit code: 0, or 1 where a benchmark failed.</returns>
    public static int Write(string folder, IEnumerable<Summary> summaries)
    {
        var all = summaries.ToList();
        if (all.Count == 0 || all.Any(summary => summary.Reports.Any(report => !report.Success))) return 1;
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"# Kernels on {Machine.Processor()}\n\n")
            .Append("Each fast kernel beside its plain reference in the same run. Compare ratios: "
                + "machines are shared, and times drift.\n\n")
            .Append("```bash\ndotnet run --project tests/Molmo.Demo.Benchmarks -c Release -- "
                + "--write docs/benchmarks\n```\n");
        foreach (var summary in all)
        {
            var table = new AccumulationLogger();
            MarkdownExporter.GitHub.ExportToLog(summary, table);
            var page = table.GetLog().Trim().ReplaceLineEndings("\n");
            var rows = page.IndexOf("\n|", StringComparison.Ordinal);
            // The machine once, then one table for each class.
            text.Append('\n').Append(page[(summary == all[0] ? 0 : rows + 1)..]).Append('\n');
        }
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{FileName()}.md"), text.ToString());
        return 0;
    }

    private static string FileName()
    {
        var name = $"{Machine.Processor()} {Machine.Number("cpu family")} {Machine.Number("model")}";
        return NoWord().Replace(name.ToLowerInvariant(), "-").Trim('-');
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NoWord();
}
