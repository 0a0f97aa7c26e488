using Molmo.Demo.Inference.Engine;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class EngineAllocationTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.8, 0, 1)]
    [InlineData(0.8, 20, 0.9)]
    public async Task Decode_SteadyState_AllocatesNothing(double temperature, int topK, double topP)
    {
        // Bytes that the engine thread had allocated when it entered each decode pass. All begin together, and the
        // readers stand still after the first token: waking one is the thread pool's business and may start a thread
        // of it, and one who is late meets the engine at a lock.
        var allocated = new List<long>(1000);
        using var haveAsked = new ManualResetEventSlim();
        using var standStill = new ManualResetEventSlim();
        var runner = new ScriptedRunner(blockCapacity: 400, maxPositions: 1000)
        {
            Entering = (batch, _) =>
            {
                Assert.True(haveAsked.Wait(Guard, CancellationToken.None));
                if (batch.Phase != Phase.Decode || batch.Sequences.Count != 3) return;
                Assert.True(standStill.Wait(Guard, CancellationToken.None));
                allocated.Add(GC.GetAllocatedBytesForCurrentThread());
            },
        };
        var token = TestContext.Current.CancellationToken;
        await using var engine = Start(runner, maxSequences: 3);
        var readers = Enumerable.Range(0, 3)
            .Select(i =>
                engine.GenerateAsync(Request(Prompt(i), 400, new SamplingOptions(temperature, topK, topP, i)), token)
                    .GetAsyncEnumerator(token))
            .ToArray();
        Task[] firsts = [.. readers.Select(r => r.MoveNextAsync().AsTask())];
        haveAsked.Set();
        await Task.WhenAll(firsts);
        standStill.Set();
        await engine.UntilAsync(s => s.Running == 0, token);
        foreach (var reader in readers) await reader.DisposeAsync();

        Assert.True(allocated.Count > 300);
        Assert.Equal(0, allocated[^1] - allocated[100]);
    }
}
