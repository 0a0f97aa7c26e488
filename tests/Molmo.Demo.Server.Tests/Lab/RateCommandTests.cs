using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Rating;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class RateCommandTests
{
    /// <summary>Points of the scale between odds of two to one.</summary>
    private static readonly double Twice = 400 * Math.Log10(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // With strengths s and 1/s and n games, the likeliest s solves
    //   wins + prior/2 = n s^2 / (s^2 + 1) + prior s / (s + 1);
    // for s = 2 the right side is 0.8 n + 2/3 prior, so that wins = 0.8 n + prior/6.
    [Theory]
    // n = 5, prior 6: five wins of five. The one who never lost has odds of four to one, not infinite ones.
    [InlineData(5, 0, 0, 0, 6)]
    // n = 10, prior 3: 8.5 wins, of which ties and both bad give a half each.
    [InlineData(7, 2, 1, 0, 3)]
    [InlineData(8, 0, 1, 1, 3)]
    public void Rate_TwoEntrants_AreTheHandSolvedStrengths(int won, int ties, int bothBad, int lost, double prior)
    {
        ImmutableArray<Vote> votes =
        [
            .. Votes("a", "b", Verdict.A, won), .. Votes("b", "a", Verdict.Tie, ties),
            .. Votes("a", "b", Verdict.BothBad, bothBad), .. Votes("a", "b", Verdict.B, lost),
        ];

        var standings = BootstrapRatings.Rate(votes, prior, Cancel);

        Assert.Equal(["a", "b"], standings.Select(standing => standing.Entrant));
        Assert.Equal(1000 + Twice, standings[0].Rating, 6);
        Assert.Equal(1000 - Twice, standings[1].Rating, 6);
        Assert.All(standings, standing => Assert.True(
            standing.Low < standing.Rating && standing.Rating < standing.High && double.IsFinite(standing.High)));
    }

    [Fact]
    public void Rate_ThreeEntrants_AreTheHandSolvedStrengths()
    {
        // Strengths 2, 1, 1/2; three games a-b, three b-c, five a-c, prior 3. Expected wins, virtual games included:
        //   a: (3 + 3) 2/3 + 5 * 4/5 = 8, less the prior's 1.5: 6.5
        //   b: 3 * 1/3 + 3 * 2/3 + 3 * 1/2 = 4.5, less 1.5: 3
        //   c: (3 + 3) 1/3 + 5 * 1/5 = 3, less 1.5: 1.5
        ImmutableArray<Vote> votes =
        [
            .. Votes("a", "b", Verdict.A, 2), .. Votes("a", "b", Verdict.Tie, 1),
            .. Votes("c", "b", Verdict.B, 2), .. Votes("b", "c", Verdict.BothBad, 1),
            .. Votes("a", "c", Verdict.A, 4), .. Votes("c", "a", Verdict.A, 1),
        ];

        var standings = BootstrapRatings.Rate(votes, 3, Cancel);

        Assert.Equal([6.5, 3, 1.5], standings.Select(standing => standing.Wins));
        Assert.Equal(1000 + Twice, standings[0].Rating, 6);
        Assert.Equal(1000, standings[1].Rating, 6);
        Assert.Equal(1000 - Twice, standings[2].Rating, 6);
    }

    [Fact]
    public void Rate_ManyVotes_HasIntervalsLikeThoseOfTheCurvature()
    {
        ImmutableArray<Vote> votes = [.. Votes("a", "b", Verdict.A, 120), .. Votes("a", "b", Verdict.B, 40)];
        var curved = BradleyTerry.Rate(votes)[0];

        var drawn = BootstrapRatings.Rate(votes, BradleyTerry.StandardPrior, Cancel);

        Assert.InRange((drawn[0].High - drawn[0].Low) / (curved.High - curved.Low), 0.85, 1.15);
        Assert.Equal(drawn, BootstrapRatings.Rate(votes, BradleyTerry.StandardPrior, Cancel));
    }

    [Theory]
    // 2 x 0.975 is 1.95: 10 and 95 % of the way from there to 40.
    [InlineData(0.025, 0.5)]
    [InlineData(0.5, 10)]
    [InlineData(0.975, 38.5)]
    [InlineData(1, 40)]
    public void Quantile_BetweenValues_IsInProportion(double share, double expected)
        => Assert.Equal(expected, BootstrapRatings.Quantile([0, 10, 40], share), 12);

    [Fact]
    public async Task Rate_Lines_DropsWhoCannotTell()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("votes.jsonl");
        await File.WriteAllTextAsync(file, """
            {"a": "one", "b": "two", "verdict": "A"}
            {"a": "two", "b": "one", "verdict": "b", "isBlind": false}

            {"a": "one", "b": "two", "verdict": "both good"}
            {"a": "one", "b": "two", "verdict": "both_bad", "anything": 1}
            {"a": "one", "b": "three", "verdict": "cannot tell"}
            """, Cancel);

        using var json = JsonDocument.Parse(await RunAsync("rate", file, "--json"));

        var report = json.RootElement;
        Assert.Equal((4, 1), (report.GetProperty("votes").GetInt32(), report.GetProperty("dropped").GetInt32()));
        Assert.Equal([("one", 3.0, 4), ("two", 1.0, 4)], report.GetProperty("standings").EnumerateArray().Select(
            one => (one.GetProperty("entrant").GetString()!, one.GetProperty("wins").GetDouble(),
                one.GetProperty("games").GetInt32())));
        var lines = (await RunAsync("rate", file)).TrimEnd().Split('\n');
        Assert.Equal("votes: 4, cannot tell: 1", lines[0]);
        Assert.EndsWith("3 of 4      one", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "Line 1")]
    [InlineData("""{"a": "one", "verdict": "A"}""", "Line 1")]
    [InlineData("""{"a": "one", "b": "two", "verdict": "maybe"}""", "\"maybe\"")]
    [InlineData("""{"a": "one", "b": "two", "verdict": "cannot tell"}""", "nothing to rate")]
    [InlineData("""{"a": "one", "b": "one", "verdict": "A"}""", "nothing to rate")]
    public async Task Rate_LineThatIsNoVote_IsOneSentence(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("votes.jsonl");
        await File.WriteAllTextAsync(file, line, Cancel);
        using var error = new StringWriter();

        Assert.Equal(1, await LabProgram.RunAsync(["rate", file], TextWriter.Null, error));
        Assert.Contains(expected, Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rate_DataOfAServer_ReadsItsVotesAndWritesNothing()
    {
        await using var server = new MolmoApplication { KeepData = true };
        var store = server.Services.GetRequiredService<IVoteStore>();
        await store.KeepAsync(GenerationId.New(), new Vote("x", "y", Verdict.B, IsBlind: true), Cancel);
        await store.KeepAsync(GenerationId.New(), new Vote("x", "y", Verdict.Tie, IsBlind: true), Cancel);
        var whileItRuns = await RunAsync("rate", "--data", server.Data);
        Assert.StartsWith("votes: 2,", whileItRuns, StringComparison.Ordinal);
        var database = server.Database;
        await server.DisposeAsync();
        // A thread of the server may still hold the file for a moment, and closing it writes.
        await Sequences.UntilAsync(
            () =>
            {
                database.Dispose();
                return !File.Exists(Path.Combine(server.Data, "molmo.db-wal"));
            },
            "the database is free");
        var before = Files(server.Data);

        Assert.Equal(whileItRuns, await RunAsync("rate", "--data", server.Data));
        Assert.Equal(before, Files(server.Data));
    }

    private static (string Name, string Content)[] Files(string folder)
        => [.. Directory.EnumerateFiles(folder, "molmo.db*").Order()
            .Select(file => (file, Convert.ToHexString(File.ReadAllBytes(file))))];

    private static IEnumerable<Vote> Votes(string a, string b, Verdict verdict, int count)
        => Enumerable.Repeat(new Vote(a, b, verdict, IsBlind: true), count);

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await LabProgram.RunAsync(arguments, output, error), error.ToString()));
        return output.ToString();
    }
}
