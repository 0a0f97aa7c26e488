using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class SchedulerTests
{
    private const int BlockSize = 4;

    [Fact]
    public void Next_NothingAdded_IsNull() => Assert.Null(Create(4, 2).Next());

    [Fact]
    public void Next_NewSequenceWhileOthersRun_PrefillsItAlone()
    {
        var scheduler = Create(16, 4);
        var first = Add(scheduler, 3);
        Advance(scheduler.Next());
        var second = Add(scheduler, 3);

        var prefill = scheduler.Next();
        Assert.Equal(Phase.Prefill, prefill!.Phase);
        Assert.Equal([second], prefill.Sequences);
        Advance(prefill);

        var decode = scheduler.Next();
        Assert.Equal(Phase.Decode, decode!.Phase);
        Assert.Equal([first, second], decode.Sequences);
    }

    [Fact]
    public void Next_ShortPrompts_ShareAPrefill()
    {
        var scheduler = Create(64, 4);
        Sequence[] sequences = [.. Enumerable.Range(0, 5).Select(_ => Add(scheduler, 3))];
        Assert.Equal(sequences[..4], scheduler.Next()!.Sequences);
        Assert.Equal(1, scheduler.WaitingCount);
    }

    [Fact]
    public void Next_LongPrompt_PrefillsAlone()
    {
        var scheduler = Create(1000, 4);
        var brief = Add(scheduler, 3);
        var lengthy = Add(scheduler, Scheduler.PrefillPositions);
        var other = Add(scheduler, 3);
        Assert.Equal([brief], Advance(scheduler.Next()).Sequences);
        Assert.Equal([lengthy], Advance(scheduler.Next()).Sequences);
        Assert.Equal([other], Advance(scheduler.Next()).Sequences);
    }

    [Fact]
    public void Next_HeadOfQueueDoesNotFit_NobodyOvertakesIt()
    {
        var scheduler = Create(4, 4);
        var running = Add(scheduler, 8);
        Advance(scheduler.Next());
        Add(scheduler, 8);
        Add(scheduler, 1);
        var next = scheduler.Next();
        Assert.Equal(Phase.Decode, next!.Phase);
        Assert.Equal([running], next.Sequences);
        Assert.Equal(2, scheduler.WaitingCount);
    }

    [Fact]
    public void Next_SequenceRemoved_WaitingOneTakesItsBlocks()
    {
        var scheduler = Create(3, 4);
        var running = Add(scheduler, 8);
        Advance(scheduler.Next());
        var waiting = Add(scheduler, 8);
        Assert.Equal([running], scheduler.Next()!.Sequences);
        scheduler.Remove(running);
        Assert.Equal([waiting], scheduler.Next()!.Sequences);
    }

    [Fact]
    public void Next_NoFreeBlock_PreemptsNewestSequence()
    {
        var scheduler = Create(4, 4);
        var old = Add(scheduler, 4);
        var young = Add(scheduler, 4);
        Advance(scheduler.Next());
        for (var step = 0; step < 4; step++) Assert.Equal(2, Advance(scheduler.Next()).Sequences.Count);

        Assert.Equal([old], Advance(scheduler.Next()).Sequences);
        Assert.Equal(0, young.ComputedCount);
        Assert.Empty(young.BlockTable);
        Assert.Equal(1, scheduler.WaitingCount);
    }

    [Fact]
    public void Next_PreemptedSequence_ReturnsBeforeThoseThatWaited()
    {
        var scheduler = Create(4, 4);
        var old = Add(scheduler, 4);
        var young = Add(scheduler, 4);
        Advance(scheduler.Next());
        var late = Add(scheduler, 4);
        while (scheduler.Next()!.Sequences.Count == 2) Advance(scheduler.Next());
        Advance(scheduler.Next());

        scheduler.Remove(old);
        var answerLength = young.TokenIds.Count - young.PromptLength;
        var prefill = scheduler.Next();
        Assert.Equal(Phase.Prefill, prefill!.Phase);
        Assert.Equal(young, prefill.Sequences[0]);
        Assert.True(answerLength > 0, "It keeps the tokens it had.");
        Assert.True(prefill.Sequences.Count == 1 || prefill.Sequences[1] == late);
    }

    [Fact]
    public void Next_RandomLoad_CoversAllTokensAndLosesNoBlock()
    {
        var random = new Random(5);
        var blocks = new BlockManager(12, BlockSize);
        var scheduler = new Scheduler(blocks, 5);
        var open = new List<Sequence>();
        for (var step = 0; step < 5000; step++)
        {
            if (open.Count < 12 && random.Next(4) == 0) open.Add(Add(scheduler, random.Next(1, 30)));
            if (open.Count > 0 && random.Next(20) == 0) End(open[random.Next(open.Count)]);
            if (scheduler.Next() is not { } batch) continue;
            foreach (var sequence in batch.Sequences)
                Assert.Equal(blocks.BlocksFor(sequence.TokenIds.Count), sequence.BlockTable.Count);
            int[] held = [.. open.SelectMany(s => s.BlockTable)];
            Assert.Equal(held.Length, held.Distinct().Count());
            Assert.Equal(12, held.Length + blocks.FreeCount);
            Advance(batch);
            foreach (var full in batch.Sequences.Where(s => s.TokenIds.Count >= 12 * BlockSize).ToArray()) End(full);
        }
        foreach (var sequence in open.ToArray()) End(sequence);
        Assert.Equal(12, blocks.FreeCount);
        Assert.Equal((0, 0), (scheduler.RunningCount, scheduler.WaitingCount));

        void End(Sequence sequence)
        {
            scheduler.Remove(sequence);
            open.Remove(sequence);
        }
    }

    private static Scheduler Create(int blocks, int maxSequences)
        => new(new BlockManager(blocks, BlockSize), maxSequences);

    private static Sequence Add(Scheduler scheduler, int length)
    {
        var sequence = new Sequence(new Prompt(new int[length], null));
        scheduler.Add(sequence);
        return sequence;
    }

    /// <summary>What the engine does after a pass: everything is computed, one token more.</summary>
    private static Batch Advance(Batch? batch)
    {
        Assert.NotNull(batch);
        foreach (var sequence in batch.Sequences)
        {
            sequence.ComputedCount = sequence.TokenIds.Count;
            sequence.Append(0);
        }
        return batch;
    }
}
