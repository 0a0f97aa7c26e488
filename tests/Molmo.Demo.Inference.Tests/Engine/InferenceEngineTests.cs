using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class InferenceEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_EndToken_EndsWithoutIt()
    {
        await using var engine = Start(new ScriptedRunner());
        var (all, length) = await engine.AnswerAsync(Request(Prompt(1), 20), Token);
        Assert.Equal(20, all.Length);
        Assert.Equal(FinishReason.Length, length);

        var place = Array.FindIndex(all, 5, id => Array.IndexOf(all, id) >= 5);
        var (cut, finish) = await engine.AnswerAsync(Request(Prompt(1), 20, null, all[place], 10_000), Token);
        Assert.Equal(all[..place], cut);
        Assert.Equal(FinishReason.EndToken, finish);
    }

    [Fact]
    public async Task Generate_EndTokenAtOnce_IsAnEmptyAnswer()
    {
        await using var engine = Start(new ScriptedRunner());
        var (first, _) = await engine.AnswerAsync(Request(Prompt(1), 1), Token);
        var (none, finish) = await engine.AnswerAsync(Request(Prompt(1), 20, null, first), Token);
        Assert.Empty(none);
        Assert.Equal(FinishReason.EndToken, finish);
    }

    [Fact]
    public async Task Generate_Text_IsTheTokensText()
    {
        await using var engine = Start(new ScriptedRunner());
        var updates = new List<GenerationUpdate>();
        await foreach (var update in engine.GenerateAsync(Request(Prompt(2), 40), Token)) updates.Add(update);
        int[] ids = [.. updates.Where(u => u.TokenId is not null).Select(u => u.TokenId!.Value)];
        Assert.Equal(Tokenizer.Decode(ids, skipSpecial: true), string.Concat(updates.Select(u => u.Text)));
        Assert.All(updates[..^1], u => Assert.Null(u.Finish));
        Assert.Null(updates[^1].TokenId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    public async Task Generate_Batched_EqualsSingle(double temperature)
    {
        var requests = Enumerable.Range(0, 12)
            .Select(i => Request(
                Prompt(i, 3 + i), 10 + 3 * i, new SamplingOptions(temperature, i % 3 * 5, 1 - i % 2 * 0.1, i)))
            .ToArray();
        var single = await OneByOneAsync(requests);

        await using var engine = Start(new ScriptedRunner(), maxSequences: 5);
        var batched = await Task.WhenAll(requests.Select(r => engine.AnswerAsync(r, Token)));
        Assert.Equal(single, batched.Select(a => a.Tokens));
        Assert.Equal(new EngineStatistics(0, 0, engine.Statistics.Steps, 64), engine.Statistics);
    }

    [Fact]
    public async Task Generate_Preempted_EqualsUninterrupted()
    {
        var requests = Enumerable.Range(0, 8)
            .Select(i => Request(Prompt(i, 4), 30, new SamplingOptions(i % 2, Seed: i))).ToArray();
        var uninterrupted = await OneByOneAsync(requests);

        // 34 positions are 9 blocks; 14 blocks hold one answer of full length and a part of the others.
        var recomputed = 0;
        var runner = new ScriptedRunner(blockCapacity: 14)
        {
            Entering = (batch, _) => recomputed +=
                batch.Phase == Phase.Prefill ? batch.Sequences.Count(s => s.TokenIds.Count > s.PromptLength) : 0,
        };
        await using var engine = Start(runner, maxSequences: 4);
        var answers = await Task.WhenAll(requests.Select(r => engine.AnswerAsync(r, Token)));
        Assert.Equal(uninterrupted, answers.Select(a => a.Tokens));
        Assert.True(recomputed > 0, "Nothing was preempted: the test tests nothing.");
        Assert.Equal(14, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Generate_MoreThanFit_BeginInTheOrderOfArrival()
    {
        using var gate = new ManualResetEventSlim();
        var order = new List<int>();
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                Assert.True(gate.Wait(Guard, CancellationToken.None));
                if (batch.Phase == Phase.Prefill) order.AddRange(batch.Sequences.Select(s => s.TokenIds[0]));
            },
        };
        await using var engine = Start(runner, maxSequences: 2);
        var answers = new List<Task>();
        for (var i = 0; i < 10; i++)
        {
            answers.Add(engine.AnswerAsync(Request([i, 1, 2], 3 + i % 4), Token));
            await engine.UntilAsync(s => s.Running + s.Waiting == i + 1, Token);
        }
        gate.Set();
        await Task.WhenAll(answers);
        Assert.Equal(Enumerable.Range(0, 10), order.Distinct());
    }

    [Fact]
    public async Task Generate_ReaderThatNeverReads_HoldsUpNobody()
    {
        await using var engine = Start(new ScriptedRunner());
        await using var idle = engine.GenerateAsync(Request(Prompt(1), 100), Token).GetAsyncEnumerator(Token);
        Assert.True(await idle.MoveNextAsync());
        var (other, _) = await engine.AnswerAsync(Request(Prompt(2), 200), Token);
        Assert.Equal(200, other.Length);
        await engine.UntilAsync(s => s.Running == 0, Token);

        var rest = 1;
        while (await idle.MoveNextAsync() && idle.Current.TokenId is not null) rest++;
        Assert.Equal(100, rest);
        Assert.Equal(FinishReason.Length, idle.Current.Finish);
    }

    [Fact]
    public async Task Generate_LastPosition_StopsByLength()
    {
        await using var engine = Start(new ScriptedRunner(maxPositions: 32));
        var (tokens, finish) = await engine.AnswerAsync(Request(Prompt(1, 12), 1000), Token);
        Assert.Equal(20, tokens.Length);
        Assert.Equal(FinishReason.Length, finish);
    }

    [Fact]
    public async Task Generate_AllBlocks_StopsByLength()
    {
        await using var engine = Start(new ScriptedRunner(blockCapacity: 6));
        var (tokens, finish) = await engine.AnswerAsync(Request(Prompt(1, 10), 1000), Token);
        Assert.Equal(14, tokens.Length);
        Assert.Equal(FinishReason.Length, finish);
    }

    [Theory]
    [InlineData(64, 32)]
    [InlineData(8, 1000)]
    public async Task Generate_PromptLeavesNoRoom_IsRefusedWithTheFigures(int blocks, int positions)
    {
        await using var engine = Start(new ScriptedRunner(blockCapacity: blocks, maxPositions: positions));
        var refusal = Assert.Throws<EngineException>(() => engine.GenerateAsync(Request(Prompt(1, 33), 5), Token));
        Assert.Equal(EngineFault.PromptTooLong, refusal.Fault);
        Assert.Contains("33", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_OptionsOutOfRange_AreRefused()
    {
        await using var engine = Start(new ScriptedRunner());
        SamplingOptions[] bad = [new(-1), new(double.NaN), new(double.PositiveInfinity), new(1, -1), new(1, 0, 0),
            new(1, 0, 1.01), new(1, 0, double.NaN)];
        Assert.All(bad, options =>
            Assert.ThrowsAny<ArgumentException>(() => engine.GenerateAsync(Request(Prompt(1), 5, options), Token)));
        Assert.ThrowsAny<ArgumentException>(() => engine.GenerateAsync(Request(Prompt(1), 0), Token));
    }

    [Fact]
    public async Task Dispose_RunningAndWaiting_EndsAll()
    {
        var runner = new ScriptedRunner { Entering = (_, _) => Thread.Sleep(1) };
        var engine = Start(runner, maxSequences: 2);
        var answers = Enumerable.Range(0, 6).Select(i => engine.AnswerAsync(Request(Prompt(i), 250), Token)).ToArray();
        await engine.UntilAsync(s => s.Steps > 3, Token);
        await engine.DisposeAsync();
        await engine.DisposeAsync();

        foreach (var answer in answers)
            Assert.Equal(EngineFault.Stopped, (await Assert.ThrowsAsync<EngineException>(() => answer)).Fault);
        Assert.True(runner.IsDisposed);
        Assert.Equal((0, 0, 64), (engine.Statistics.Running, engine.Statistics.Waiting, engine.Statistics.FreeBlocks));
        var late = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request(Prompt(1), 5), Token));
        Assert.Equal(EngineFault.Stopped, late.Fault);
    }

    [Fact]
    public async Task Dispose_InALongPass_EndsThePass()
    {
        var runner = new ScriptedRunner { Entering = (_, stop) => Assert.True(stop.WaitHandle.WaitOne(Guard)) };
        var engine = Start(runner);
        var answer = engine.AnswerAsync(Request(Prompt(1), 5), Token);
        await engine.UntilAsync(s => s.Running == 1, Token);
        await engine.DisposeAsync();
        Assert.Equal(EngineFault.Stopped, (await Assert.ThrowsAsync<EngineException>(() => answer)).Fault);
    }

    private static async Task<int[][]> OneByOneAsync(IEnumerable<GenerationRequest> requests)
    {
        var answers = new List<int[]>();
        await using var engine = Start(new ScriptedRunner(), maxSequences: 1);
        foreach (var request in requests) answers.Add((await engine.AnswerAsync(request, Token)).Tokens);
        return [.. answers];
    }
}
