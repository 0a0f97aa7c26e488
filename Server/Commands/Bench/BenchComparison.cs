namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>
/// Two builds side by side, from several files of each, made in turn: a machine's speed drifts more from one minute to
/// the next than builds differ.
/// </summary>
internal static class BenchComparison
{
    /// <param name="files">Of A, B, A, B and so on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The table.</returns>
    /// <exception cref="CommandException">A file is missing or not what bench prints, or there is not one of B for
    /// each of A.</exception>
    public static async Task<IReadOnlyList<string>> LinesAsync(
        IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0 || files.Count % 2 != 0)
            throw new CommandException("--compare takes what two builds printed in turn: A.json B.json A.json B.json.");
        var read = new List<Printed>();
        foreach (var file in files) read.Add(await ReadAsync(file, cancellationToken));
        var (a, b) = (read.Where((_, i) => i % 2 == 0).ToList(), read.Where((_, i) => i % 2 == 1).ToList());
        return
        [
            Row("", "A", "B", "B / A"),
            .. a[0].Figures.Keys.Where(name => read.All(printed => printed.Figures.ContainsKey(name)))
                .Select(name => Row(name, Median(a, name), Median(b, name))),
            Row("others' share of the cores", Others(a), Others(b), ""),
            Row("runs", Runs(a), Runs(b), ""),
        ];

        static double Median(List<Printed> all, string name)
            => BenchRates.Median([.. all.SelectMany(printed => printed.Figures[name])]);
        static string Others(List<Printed> all)
            => string.Join(", ", all.Select(p => p.OthersShare?.ToString("P0", CultureInfo.InvariantCulture) ?? "?"));
        static string Runs(List<Printed> all)
            => all.Sum(printed => printed.Figures.Values.First().Count).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<Printed> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var text = await ImageFile.ReadAsync(path, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(text);
            var runs = json.RootElement.GetProperty("runs").EnumerateArray().ToList();
            var figures = runs[0].EnumerateObject().ToDictionary(
                figure => figure.Name,
                figure => (IReadOnlyList<double>)[.. runs.Select(run => run.GetProperty(figure.Name).GetDouble())]);
            return new Printed(
                figures,
                json.RootElement.TryGetProperty("othersShare", out var share) && share.ValueKind == JsonValueKind.Number
                    ? share.GetDouble() : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or ArgumentOutOfRangeException or FormatException)
        {
            throw new CommandException($"The file {path} is not what bench prints.", e);
        }
    }

    private static string Row(string name, double a, double b) => Row(name, Number(a), Number(b), Number(b / a));

    private static string Row(string name, string a, string b, string ratio) => $"{name,-28}{a,16}{b,16}{ratio,10}";

    private static string Number(double value)
        => double.IsFinite(value) ? value.ToString("N2", CultureInfo.InvariantCulture) : "-";

    /// <summary>What a file holds.</summary>
    /// <param name="Figures">All runs' values by name.</param>
    /// <param name="OthersShare">What others took meanwhile; null where that is not known.</param>
    private sealed record Printed(IReadOnlyDictionary<string, IReadOnlyList<double>> Figures, double? OthersShare);
}
