using System.Diagnostics;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Load;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed partial class LoadCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Fact]
    public async Task Load_ForAFewSeconds_AnswersEverybodyAndSaysSo()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await LabProgram.RunAsync(
            ["load", "--people", "4", "--minutes", "0.1", "--photo", "2", "--max-tokens", "20", "--json"], output,
            error);

        Assert.True(code == 0, error.ToString());
        Assert.Matches(Begun(), Assert.Single(error.ToString().Trim().Split('\n')));
        var report = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal(4, report.GetProperty("people").GetInt32());
        Assert.Equal("molmo-tiny", report.GetProperty("stamp").GetProperty("model").GetString());
        Assert.Empty(report.GetProperty("faults").EnumerateObject());
        Assert.True(report.GetProperty("answers").GetInt32() > 0);
        Assert.True(report.GetProperty("photoMs").GetProperty("count").GetInt32() >= 4);
        Assert.True(report.GetProperty("lastQuarterMegabytes").GetProperty("median").GetDouble() > 10);
    }

    [Slow]
    [Fact]
    public async Task Load_StoppedEarly_SaysWhatItMeasuredUntilThen()
    {
        await using var load = new ProgramProcess(
            [], ["load", "--people", "2", "--minutes", "60", "--photo", "0", "--max-tokens", "5", "--json"],
            "Molmo.Demo.Lab");
        await Sequences.UntilAsync(() => Begun().IsMatch(load.Error), "the server has started");
        using var http = new HttpClient { BaseAddress = new Uri(Begun().Match(load.Error).Groups[1].Value) };
        await Sequences.UntilAsync(
            () => Ended().IsMatch(http.GetStringAsync("metrics", Cancel).GetAwaiter().GetResult()), "ten answers");

        using (var signal = Process.Start("kill", ["-INT", $"{load.Id}"])) await signal.WaitForExitAsync(Cancel);

        Assert.True(await load.EndAsync() == 0, load.Error);
        var report = JsonDocument.Parse(load.Output).RootElement;
        Assert.InRange(report.GetProperty("seconds").GetDouble(), 0.1, 600);
        Assert.True(report.GetProperty("answers").GetInt32() > 0);
        Assert.Empty(report.GetProperty("faults").EnumerateObject());
    }

    [Theory]
    [InlineData("--people", "0")]
    [InlineData("--minutes", "0")]
    [InlineData("--photo", "-1")]
    [InlineData("--max-tokens", "100000")]
    public async Task Load_OptionOutOfRange_IsOneSentence(string option, string value)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(1, await LabProgram.RunAsync(["load", option, value], output, error));
        Assert.StartsWith(option, Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public async Task Load_OfAModelThatIsNotThere_SaysWhatTheServerSaid()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(1, await LabProgram.RunAsync(["load", "--model", "/no/such/model"], output, error));
        Assert.Contains("/no/such/model", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_OfSomeAnswers_AreTheirPercentilesAndQuarters()
    {
        var figures = new LoadFigures();
        figures.Add(10, Enumerable.Range(1, 100).Select(n => (float)n), 50);
        figures.Add(20, [], 50);
        figures.AddFault("It broke.");
        figures.AddFault("It broke.");

        var report = figures.ToReport(
            2, null, 10, [.. Enumerable.Range(1, 8).Select(n => n * 1_000_000L)]);

        Assert.Equal((2, 10.0), (report.Answers, report.TokensPerSecond));
        Assert.Equal(new Spread(100, 50, 95, 99, 100), report.GapMs);
        Assert.Equal(new Spread(2, 10, 20, 20, 20), report.FirstMs);
        Assert.Equal(new Spread(0, 0, 0, 0, 0), report.PhotoMs);
        Assert.Equal(new MemoryShare(2, 2), report.FirstQuarterMegabytes);
        Assert.Equal(new MemoryShare(8, 8), report.LastQuarterMegabytes);
        Assert.Equal(2, report.Faults["It broke."]);
        Assert.Contains(report.Lines(), line => line == "  2 x It broke.");
    }

    [GeneratedRegex("^[0-9]+ people ask (http://127.0.0.1:[0-9]+/) for ")]
    private static partial Regex Begun();

    [GeneratedRegex("molmo_generations_total\\{reason=\"[a-z]+\"\\} [1-9][0-9]")]
    private static partial Regex Ended();
}
