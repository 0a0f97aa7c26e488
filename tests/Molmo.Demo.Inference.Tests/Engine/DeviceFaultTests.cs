using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>What becomes of answers where a device has too little memory, or is gone.</summary>
public sealed class DeviceFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Phase.Prefill)]
    [InlineData(Phase.Decode)]
    public async Task Generate_TooLittleMemoryForManyTogether_RunsFewerAndLosesNone(Phase phase)
    {
        var requests = Enumerable.Range(0, 6)
            .Select(i => Request(Prompt(i), 12 + i, new SamplingOptions(i % 2, Seed: i))).ToArray();
        var expected = new List<int[]>();
        await using (var roomy = Start(new ScriptedRunner(), maxSequences: 1))
            foreach (var request in requests) expected.Add((await roomy.AnswerAsync(request, Token)).Tokens);

        var refused = 0;
        using var gate = new ManualResetEventSlim();
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                Assert.True(gate.Wait(Guard, CancellationToken.None));
                if (batch.Phase != phase || batch.Sequences.Count < 3) return;
                refused++;
                throw new DeviceMemoryException("full");
            },
        };
        await using var engine = Start(runner, maxSequences: 6);
        var answers = requests.Select(request => engine.AnswerAsync(request, Token)).ToArray();
        await engine.UntilAsync(s => s.Running + s.Waiting == 6, Token);
        gate.Set();

        Assert.Equal(expected, (await Task.WhenAll(answers)).Select(answer => answer.Tokens));
        Assert.True(refused > 0, "Nothing was refused: the test tests nothing.");
        Assert.Equal(64, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Generate_TooLittleMemoryForOne_FailsThatOneOnly()
    {
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                if (batch.Sequences.Any(s => s.TokenIds[0] == 7 && s.TokenIds.Count > 8))
                    throw new DeviceMemoryException("full");
            },
        };
        await using var engine = Start(runner);
        var healthy = engine.AnswerAsync(Request([1, 2], 60), Token);
        var written = 0;
        var failure = await Assert.ThrowsAsync<EngineException>(async () =>
        {
            await foreach (var update in engine.GenerateAsync(Request([7, 2], 60), Token))
                written += update.TokenId is null ? 0 : 1;
        });

        Assert.Equal(EngineFault.OutOfMemory, failure.Fault);
        Assert.Contains("too little memory", failure.Message, StringComparison.Ordinal);
        Assert.Equal(7, written);
        Assert.Equal(60, (await healthy).Tokens.Length);
        Assert.Equal(10, (await engine.AnswerAsync(Request([2, 2], 10), Token)).Tokens.Length);
        Assert.False(engine.Ended.IsCompleted);
    }

    [Fact]
    public async Task Generate_DeviceLost_EndsEveryAnswerAndTheEngine()
    {
        var runner = new ScriptedRunner
        {
            Entering = (batch, _) =>
            {
                if (batch.Sequences.Any(s => s.TokenIds.Count == 12)) throw new DeviceLostException("gone");
            },
        };
        await using var engine = Start(runner, maxSequences: 2);
        var answers = Enumerable.Range(0, 5).Select(i => engine.AnswerAsync(Request(Prompt(i), 40), Token)).ToArray();

        foreach (var answer in answers)
            Assert.Equal(EngineFault.DeviceLost, (await Assert.ThrowsAsync<EngineException>(() => answer)).Fault);
        Assert.Equal("gone", (await engine.Ended.WaitAsync(Guard, Token))?.Message);
        var late = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request(Prompt(1), 5), Token));
        Assert.Equal(EngineFault.DeviceLost, late.Fault);
        // Giving memory back to a device that is gone would fail again.
        Assert.False(runner.IsDisposed);
        Assert.Equal((0, 0), (engine.Statistics.Running, engine.Statistics.Waiting));
    }

    [Fact]
    public async Task Ended_Disposed_IsNoLoss()
    {
        var engine = Start(new ScriptedRunner());
        await engine.DisposeAsync();
        Assert.Null(await engine.Ended);
    }
}
