using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class EngineFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_RunnerThrows_FailsThatBatchOnly()
    {
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                if (batch.Sequences.Any(s => s.TokenIds[0] == 7)) throw new InvalidDataException("bad luck");
            },
        };
        await using var engine = Start(runner);
        await using var running = engine.GenerateAsync(Request([1, 2], 100), Token).GetAsyncEnumerator(Token);
        Assert.True(await running.MoveNextAsync());

        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request([7, 2], 100), Token));
        Assert.Equal(EngineFault.ModelFailed, failure.Fault);
        Assert.Equal("bad luck", Assert.IsType<InvalidDataException>(failure.InnerException).Message);

        var rest = 1;
        while (await running.MoveNextAsync() && running.Current.TokenId is not null) rest++;
        Assert.Equal(100, rest);
        Assert.Equal(10, (await engine.AnswerAsync(Request([2, 2], 10), Token)).Tokens.Length);
        Assert.Equal(new EngineStatistics(0, 0, engine.Statistics.Steps, 64), engine.Statistics);
    }

    [Fact]
    public async Task Generate_RunnerThrowsInDecode_KeepsWhatWasWritten()
    {
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                if (batch.Sequences[0].TokenIds.Count == 6) throw new InsufficientMemoryException();
            },
        };
        await using var engine = Start(runner);
        var written = 0;
        var failure = await Assert.ThrowsAsync<EngineException>(async () =>
        {
            await foreach (var update in engine.GenerateAsync(Request([1, 2], 100), Token))
                written += update.TokenId is null ? 0 : 1;
        });
        Assert.Equal(EngineFault.ModelFailed, failure.Fault);
        Assert.Equal(4, written);
    }

    [Fact]
    public async Task Generate_RunnerCancelsByItself_IsAFailure()
    {
        await using var engine =
            Start(new ScriptedRunner { Entering = (_, _) => throw new OperationCanceledException() });
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request([1, 2], 5), Token));
        Assert.Equal(EngineFault.ModelFailed, failure.Fault);
    }

    [Fact]
    public async Task Generate_LogitsNotANumber_FailsThatSequenceOnly()
    {
        var runner = new ScriptedRunner
        {
            Changing = (sequence, logits) =>
            {
                if (sequence.TokenIds[0] == 7 && sequence.TokenIds.Count > 10) logits[3] = float.NaN;
            },
        };
        await using var engine = Start(runner);
        var healthy = engine.AnswerAsync(Request([1, 2], 60), Token);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request([7, 2], 60), Token));
        Assert.Equal(EngineFault.InvalidLogits, failure.Fault);
        Assert.Equal(60, (await healthy).Tokens.Length);
        await engine.UntilAsync(s => s is { Running: 0, FreeBlocks: 64 }, Token);
    }
}
