using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Tests.Comparison;

public sealed class VoteStoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keep_Votes_AreThereAfterARestartAndInTheRanking()
    {
        await using var first = new MolmoApplication { KeepData = true };
        using (var person = first.AsNewVisitor())
            Assert.Contains(
                "No votes yet", await person.GetStringAsync("/leaderboard", Cancel), StringComparison.Ordinal);
        var votes = first.Services.GetRequiredService<IVoteStore>();
        var comparison = GenerationId.New();
        await votes.KeepAsync(comparison, new Vote("tiny, greedy", "tiny, <b>1", Verdict.B, IsBlind: true), Cancel);
        await votes.KeepAsync(comparison, new Vote("tiny, greedy", "tiny, <b>1", Verdict.A, IsBlind: true), Cancel);
        await votes.KeepAsync(
            GenerationId.New(), new Vote("tiny, greedy", "tiny, <b>1", Verdict.BothBad, IsBlind: false), Cancel);
        var data = first.Data;
        await first.DisposeAsync();

        await using var second = new MolmoApplication { Data = data };
        var kept = await second.Services.GetRequiredService<IVoteStore>().ListAsync(Cancel);
        Assert.Equal(
            [(Verdict.A, true), (Verdict.BothBad, false)], kept.Select(vote => (vote.Verdict, vote.IsBlind)).Order());
        using var visitor = second.AsNewVisitor();
        var page = await visitor.GetStringAsync("/leaderboard", Cancel);
        Assert.True(page.IndexOf("tiny, greedy", StringComparison.Ordinal) is var better and > 0
            && better < page.IndexOf("tiny, &lt;b&gt;1", StringComparison.Ordinal));
        Assert.Contains("2 votes", page, StringComparison.Ordinal);
    }
}
