using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>Tokens that are chosen on the device are those that the engine would have chosen from the logits.</summary>
public sealed class DeviceSamplingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(64)]
    [InlineData(14)]
    public async Task Generate_OnTheDevice_EqualsFromLogits(int blockCapacity)
    {
        var requests = Enumerable.Range(0, 12)
            .Select(i => Request(
                Prompt(i, 3 + i), 8 + 2 * i, new SamplingOptions(i % 3 * 0.7, i % 4 * 5, 1 - i % 2 * 0.1, i)))
            .ToArray();
        var expected = new List<int[]>();
        await using (var alone = Start(new ScriptedRunner(), maxSequences: 1))
            foreach (var request in requests) expected.Add((await alone.AnswerAsync(request, Token)).Tokens);

        // 14 blocks are too few for all: some are preempted and go on.
        await using var engine = Start(new SamplingRunner(new ScriptedRunner(blockCapacity)), maxSequences: 5);
        var answers = await Task.WhenAll(requests.Select(request => engine.AnswerAsync(request, Token)));

        Assert.Equal(expected, answers.Select(answer => answer.Tokens));
        Assert.Equal(blockCapacity, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Generate_WrittenBefore_GoesOnWithTheSameRandomNumbers()
    {
        var request = Request(Prompt(3), 30, new SamplingOptions(1.2, Seed: 9));
        await using var engine = Start(new SamplingRunner(new ScriptedRunner()));
        var (whole, _) = await engine.AnswerAsync(request, Token);

        var (rest, _) = await engine.AnswerAsync(request with { Written = whole[..12], MaxTokens = 18 }, Token);

        Assert.Equal(whole[12..], rest);
    }

    [Fact]
    public async Task Generate_StopToken_EndsWithoutIt()
    {
        await using var engine = Start(new SamplingRunner(new ScriptedRunner()));
        var (all, _) = await engine.AnswerAsync(Request(Prompt(1), 20), Token);
        var place = Array.FindIndex(all, 5, id => Array.IndexOf(all, id) >= 5);

        var (cut, finish) = await engine.AnswerAsync(Request(Prompt(1), 20, null, all[place]), Token);

        Assert.Equal(all[..place], cut);
        Assert.Equal(FinishReason.EndToken, finish);
    }

    [Fact]
    public async Task Generate_LogitsNotANumber_FailsThatSequenceOnly()
    {
        var network = new ScriptedRunner
        {
            Changing = (sequence, logits) =>
            {
                if (sequence.TokenIds[0] == 7 && sequence.TokenIds.Count > 10) logits[3] = float.NaN;
            },
        };
        await using var engine = Start(new SamplingRunner(network));
        var healthy = engine.AnswerAsync(Request([1, 2], 60), Token);

        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request([7, 2], 60), Token));

        Assert.Equal(EngineFault.InvalidLogits, failure.Fault);
        Assert.Contains("not a number", failure.Message, StringComparison.Ordinal);
        Assert.Equal(60, (await healthy).Tokens.Length);
    }
}
