using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Load;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class LoadCommandTests
{
    [Slow]
    [Fact]
    public async Task Load_ForAFewSeconds_AnswersEverybodyAndSaysSo()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await LabProgram.RunAsync(
            ["load", "--people", "4", "--minutes", "0.1", "--photo", "2", "--max-tokens", "20", "--json"], output,
            error);

        Assert.Equal((0, ""), (code, error.ToString()));
        var report = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal(4, report.GetProperty("people").GetInt32());
        Assert.Equal("molmo-tiny", report.GetProperty("stamp").GetProperty("model").GetString());
        Assert.Empty(report.GetProperty("faults").EnumerateObject());
        Assert.True(report.GetProperty("answers").GetInt32() > 0);
        Assert.True(report.GetProperty("photoMs").GetProperty("count").GetInt32() >= 4);
        Assert.True(report.GetProperty("lastQuarterMegabytes").GetProperty("median").GetDouble() > 10);
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
}
