namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// The long runs, for people to read: set <c>MOLMO_RELIABILITY</c> to a Markdown file. It is written whatever comes
/// out.
/// </summary>
public sealed class ReliabilityReport
{
    private const int Kills = 500, Cuts = 1000, LongCuts = 6;

    /// <summary>Each run ends by itself after that, with what it has done.</summary>
    private static readonly TimeSpan MostOfKills = TimeSpan.FromMinutes(60), MostOfCuts = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Reliability_OfTheProgram_IsMeasured()
    {
        var file = Environment.GetEnvironmentVariable("MOLMO_RELIABILITY");
        Assert.SkipWhen(
            string.IsNullOrEmpty(file), "Set MOLMO_RELIABILITY to a Markdown file to have the long runs made.");
        var seed = LastingSeed.Next();
        var cuts = await new CutRun(seed).RunAsync(LastingSeed.Number("MOLMO_CUTS", Cuts), LongCuts, MostOfCuts);
        TestContext.Current.SendDiagnosticMessage($"Seed {seed}, {cuts.Cuts} cuts in {cuts.Duration}.");
        using var killing = new KillRun(seed);
        var kills = await killing.RunAsync(LastingSeed.Number("MOLMO_KILLS", Kills), MostOfKills);
        await File.WriteAllTextAsync(
            Path.Combine(TestData.Repository, file!), Write(kills, cuts), TestContext.Current.CancellationToken);

        Assert.True(kills.Faults.Count == 0 && cuts.Faults.IsEmpty,
            string.Join('\n', kills.Faults.Concat(cuts.Faults).Take(20)));
    }

    private static string Write(KillFigures kills, CutFigures cuts)
    {
        var text = new StringBuilder()
            .Append("# Reliability\n\n")
            .Append("What one run of the long tests counted; the short ones of every run of the tests do the same less "
                + "often. To run them again (half an hour, and\n")
            .Append("nothing leaves the machine):\n\n```bash\n./test.sh --reliability\n```\n\n")
            .Append("`MOLMO_SEED` repeats the choices of a run, `MOLMO_KILLS` and `MOLMO_CUTS` say how often. "
                + "Instants are chosen by the seed and met by the machine, so no\n")
            .Append("two runs are the same.\n\n");
        Line(text, $"- Date: {DateTime.UtcNow:d MMMM yyyy HH:mm} UTC");
        var processor = $"{Machine.Processor()}, {Environment.ProcessorCount} cores";
        Line(text, $"- Machine: {processor}, {RuntimeInformation.RuntimeIdentifier}");
        Line(text, $"- Seed: {kills.Seed}");
        text.Append("\n## Killed\n\nThe program on one data folder, loaded by three visitors (uploads, "
            + "questions over the hub, links, deletions), ended with `kill -9` at a random\n")
            .Append("instant within two seconds of load, or while it starts, and started again. "
                + "After each start the data folder is held against what the\n")
            .Append("visitors were told: every row, and every new picture and link also over HTTP and byte by byte; "
                + "at the end all of them.\n\n| | |\n|---|---|\n");
        Row(text, "Kills", $"{kills.Kills}, {kills.KillsWhileStarting} of them while it started");
        Row(text, "Starts that came to listening", $"{kills.Starts}");
        var stored = $"{kills.Pictures} pictures, {kills.Links} links, {kills.Conversations} conversations";
        Row(text, "Acknowledged", $"{stored}, {kills.Deletions} deletions");
        Row(text, "Lost", $"{kills.Lost}");
        Row(text, "Altered", $"{kills.Altered}");
        Row(text, "`PRAGMA integrity_check`", $"{kills.IntegrityChecks}");
        Row(text, "Readers of a cut-off answer who went on", $"{kills.Readers}");
        Row(text, "Faults of any kind", $"{kills.Faults.Count}");
        Row(text, "Duration", $"{kills.Duration:h\\:mm\\:ss}");
        text.Append("\n## Cut\n\nReaders over the hub and of the server-sent events of an answer, side by side, "
            + "each behind a relay that cuts its connections at a random place\n")
            .Append("(behind an event, or in the middle of one) and keeps the network away for a random time. "
                + "Each goes on behind its own last event as soon as the\n")
            .Append("network is back. What it has read in the end is compared with what an undisturbed reader "
                + "has.\n\n| | |\n|---|---|\n");
        Row(text, "Cuts", $"{cuts.Cuts}, {cuts.HubCuts} of them over the hub");
        Row(text, "Network away",
            $"{Time(cuts.Lengths.Min())} to {Time(cuts.Lengths.Max())}, median {Time(Percentile(cuts.Lengths, 0.5))}");
        Row(text, "Answers read to their end", $"{cuts.Answers}");
        Row(text, "Gaps", $"{cuts.Gaps}");
        Row(text, "Doubles", $"{cuts.Doubles}");
        var (median, p95) = (Percentile(cuts.Backs, 0.5), Percentile(cuts.Backs, 0.95));
        Row(text, "First event after the network came back",
            $"median {median:0} ms, p95 {p95:0} ms, longest {cuts.Backs.Max():0} ms");
        Row(text, "Faults of any kind", $"{cuts.Faults.Count}");
        Row(text, "Duration", $"{cuts.Duration:h\\:mm\\:ss}");
        List<string> faults = [.. kills.Faults, .. cuts.Faults];
        if (faults.Count > 0)
            text.Append("\n## Faults\n\n").AppendJoin('\n', faults.Take(50).Select(fault => $"- {fault}")).Append('\n');
        return text.ToString();
    }

    private static void Row(StringBuilder text, string what, FormattableString measured)
        => Line(text, $"| {what} | {FormattableString.Invariant(measured)} |");

    private static void Line(StringBuilder text, FormattableString line)
        => text.Append(FormattableString.Invariant(line)).Append('\n');

    private static string Time(double milliseconds)
        => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.0} s");

    /// <summary>The value that this part of all is not above.</summary>
    private static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * part) - 1)];
    }
}
