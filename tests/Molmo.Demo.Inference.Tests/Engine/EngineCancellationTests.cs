using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class EngineCancellationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancel_InDecode_IsInNoFurtherBatch()
    {
        using var stop = new CancellationTokenSource();
        var withIt = 0;
        var afterwards = 0;
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                var present = batch.Sequences.Any(s => s.TokenIds[0] == 7);
                if (stop.IsCancellationRequested) afterwards += present ? 1 : 0;
                else if (present && ++withIt == 10) stop.Cancel();
            },
        };
        await using var engine = Start(runner);
        var other = engine.AnswerAsync(Request([1, 2, 3], 200), Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => engine.AnswerAsync(Request([7, 2, 3], 200), stop.Token));
        Assert.Equal(200, (await other).Tokens.Length);
        Assert.Equal((10, 0), (withIt, afterwards));
        Assert.Equal(64, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Cancel_InALongPrefill_EndsThePass()
    {
        using var stop = new CancellationTokenSource();
        using var entered = new ManualResetEventSlim();
        var runner = new ScriptedRunner
        {
            Entering = (batch, cancelled) =>
            {
                if (batch.Sequences[0].TokenIds[0] != 7) return;
                entered.Set();
                Assert.True(cancelled.WaitHandle.WaitOne(Guard));
                cancelled.ThrowIfCancellationRequested();
            },
        };
        await using var engine = Start(runner);
        var answer = engine.AnswerAsync(Request([7, 1], 5), stop.Token);
        Assert.True(entered.Wait(Guard, Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await engine.UntilAsync(s => s is { Running: 0, Waiting: 0, FreeBlocks: 64 }, Token);
        Assert.Equal(5, (await engine.AnswerAsync(Request([1, 1], 5), Token)).Tokens.Length);
    }

    [Fact]
    public async Task Cancel_WhileWaiting_LeavesTheQueue()
    {
        using var gate = new SemaphoreSlim(0);
        using var stop = new CancellationTokenSource();
        var runner = new ScriptedRunner { Entering = (_, _) => Assert.True(gate.Wait(Guard, CancellationToken.None)) };
        await using var engine = Start(runner, maxSequences: 1);
        var first = engine.AnswerAsync(Request(Prompt(1), 4), Token);
        var second = engine.AnswerAsync(Request(Prompt(2), 4), stop.Token);
        await engine.UntilAsync(s => s is { Running: 1, Waiting: 1 }, Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.Release();
        await engine.UntilAsync(s => s is { Running: 1, Waiting: 0 }, Token);
        gate.Release(3);
        Assert.Equal(4, (await first).Tokens.Length);
        Assert.Equal(4, engine.Statistics.Steps);
    }

    [Fact]
    public async Task Leave_TheEnumeration_FreesTheSlot()
    {
        await using var engine = Start(new ScriptedRunner { Entering = (_, _) => Thread.Yield() });
        await foreach (var update in engine.GenerateAsync(Request(Prompt(1), 200), Token))
            if (update.TokenId is not null) break;
        await engine.UntilAsync(s => s is { Running: 0, Waiting: 0, FreeBlocks: 64 }, Token);
    }

    [Fact]
    public async Task Cancel_BeforeTheStart_AsksNothingOfTheEngine()
    {
        await using var engine = Start(new ScriptedRunner());
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => engine.AnswerAsync(Request(Prompt(1), 5), cancelled));
        Assert.Equal(default(EngineStatistics) with { FreeBlocks = 64 }, engine.Statistics);
    }

    [Fact]
    public async Task Cancel_Storm_LeavesNothingBehind()
    {
        await using var engine = Start(new ScriptedRunner(blockCapacity: 20), maxSequences: 3);
        var random = new Random(11);
        var answers = Enumerable.Range(0, 1000).Select(i => StartAndCancelAsync(i, random.Next(6))).ToArray();
        await Task.WhenAll(answers);
        await engine.UntilAsync(s => s is { Running: 0, Waiting: 0, FreeBlocks: 20 }, Token);

        var alone = await engine.AnswerAsync(Request(Prompt(3), 20), Token);
        await using var fresh = Start(new ScriptedRunner());
        Assert.Equal((await fresh.AnswerAsync(Request(Prompt(3), 20), Token)).Tokens, alone.Tokens);

        async Task StartAndCancelAsync(int number, int tokens)
        {
            using var stop = new CancellationTokenSource();
            var seen = 0;
            try
            {
                await foreach (var update in engine.GenerateAsync(Request(Prompt(number), 60), stop.Token))
                    if (seen++ == tokens) await stop.CancelAsync();
                Assert.Fail("A cancelled answer has no end.");
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    [Fact]
    public async Task Cancel_RacingCompletion_HasExactlyOneEnd()
    {
        await using var engine = Start(new ScriptedRunner());
        var ended = 0;
        var cancelled = 0;
        for (var round = 0; round < 2000; round++)
        {
            using var stop = new CancellationTokenSource();
            var answer = engine.AnswerAsync(Request(Prompt(round), 3), stop.Token);
            if (round % 2 == 0) Thread.SpinWait(round);
            else await Task.Yield();
            await stop.CancelAsync();
            try
            {
                var (tokens, finish) = await answer;
                Assert.Equal((3, FinishReason.Length), (tokens.Length, finish));
                ended++;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }
        Assert.Equal(2000, ended + cancelled);
        await engine.UntilAsync(s => s is { Running: 0, Waiting: 0, FreeBlocks: 64 }, Token);
    }
}
