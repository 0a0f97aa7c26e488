using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class SchedulerTests
{
    private const int BlockSize = 4;

    [Fact]
    public void Next_NothingAdded_IsNull() => Assert.Null(Create(4, 2).Next());

    [Fact]
    public void Next_NewSequenceWhileOthersRun_GoesThroughBesideTheirNextTokens()
    {
        var scheduler = Create(16, 4);
        var first = Add(scheduler, 3);
        Advance(scheduler.Next());
        var second = Add(scheduler, 3);

        var prefill = Advance(scheduler.Next());
        Assert.Equal(Phase.Prefill, prefill.Phase);
        Assert.Equal([first, second], prefill.Sequences);

        var decode = scheduler.Next();
        Assert.Equal(Phase.Decode, decode!.Phase);
        Assert.Equal([first, second], decode.Sequences);
    }

    [Fact]
    public void Next_RunnerThatDoesNotMix_TakesTurns()
    {
        var scheduler = Create(new BlockManager(100, BlockSize, (_, _) => { }), 4, mixesPhases: false);
        var answering = Add(scheduler, 3);
        Advance(scheduler.Next());
        var lengthy = Add(scheduler, 100);
        for (var turn = 0; turn < 3; turn++)
        {
            Assert.Equal([answering], Advance(scheduler.Next()).Sequences);
            Assert.Equal([lengthy], Advance(scheduler.Next()).Sequences);
        }
    }

    [Fact]
    public void Next_ShortPrompts_ShareAPass()
    {
        var scheduler = Create(64, 4);
        Sequence[] sequences = [.. Enumerable.Range(0, 5).Select(_ => Add(scheduler, 3))];
        Assert.Equal(sequences[..4], scheduler.Next()!.Sequences);
        Assert.Equal(1, scheduler.WaitingCount);
    }

    [Fact]
    public void Next_LongPrompt_GoesInPiecesAndTheAnswersGoOn()
    {
        var scheduler = Create(1000, 4);
        var answering = Add(scheduler, 3);
        Advance(scheduler.Next());
        var lengthy = Add(scheduler, 1000);
        var passes = 0;
        while (lengthy.ComputedCount < 1000)
        {
            var batch = scheduler.Next()!;
            Assert.Equal([answering, lengthy], batch.Sequences);
            Assert.InRange(lengthy.PassEnd - lengthy.ComputedCount, 1, StepBudget.MaxPositions);
            Assert.Equal(lengthy.PassEnd == 1000, lengthy.WantsToken);
            Advance(batch);
            passes++;
        }

        Assert.True(passes > 2, "It went in one piece: the test tests nothing.");
        Assert.Equal(3 + 1 + passes, answering.TokenIds.Count);
    }

    [Fact]
    public void Next_ShortPromptBehindALongOne_DoesNotWaitForItsEnd()
    {
        var scheduler = Create(1000, 4);
        var lengthy = Add(scheduler, 1000, "one");
        Advance(scheduler.Next());
        var brief = Add(scheduler, 40, "other");
        for (var pass = 0; pass < 4; pass++) Advance(scheduler.Next());
        Assert.True(brief.TokenIds.Count > 40, "It has its first token.");
        Assert.True(lengthy.ComputedCount < 1000, "The long one is still on its way.");
    }

    [Fact]
    public void Next_OneVisitorWithManyPrompts_TakesNoMoreThanAnother()
    {
        var scheduler = Create(2000, 8);
        Sequence[] many = [.. Enumerable.Range(0, 5).Select(_ => Add(scheduler, 400, "many"))];
        Advance(scheduler.Next());
        var single = Add(scheduler, 400, "single");
        while (single.ComputedCount < 400) Advance(scheduler.Next());
        Assert.InRange(many.Sum(s => s.ComputedCount), 300, 500);
    }

    [Fact]
    public void Next_ManyOfOneVisitorWait_AnotherIsAdmittedNext()
    {
        var scheduler = Create(64, 2);
        var running = Add(scheduler, 3, "many");
        Advance(scheduler.Next());
        Add(scheduler, 3, "many");
        var other = Add(scheduler, 3, "other");
        Assert.Equal([running, other], scheduler.Next()!.Sequences);
    }

    [Fact]
    public void Next_SameBeginningOnItsWay_IsWaitedForAndComputedOnce()
    {
        var blocks = new BlockManager(400, BlockSize, (_, _) => { });
        var scheduler = Create(blocks, 4);
        int[] beginning = [.. Enumerable.Range(0, 200)];
        Sequence[] sequences = [.. Enumerable.Range(0, 3).Select(i => new Sequence(
            new Prompt([.. beginning, 900 + i, 901, 902], null)))];
        foreach (var sequence in sequences) scheduler.Add(sequence);
        var computed = 0;
        while (sequences.Any(s => s.TokenIds.Count == 203))
        {
            var batch = scheduler.Next()!;
            computed += batch.Sequences.Where(s => s.TokenIds.Count == 203).Sum(s => s.PassEnd - s.ComputedCount);
            Complete(scheduler, batch);
        }

        Assert.Equal(203 + (2 * 3), computed);
        Assert.Equal(400, blocks.FreeCount + 50 + (3 * blocks.BlocksFor(204 - 200)));
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
        Assert.NotNull(prefill);
        Assert.Equal(young, prefill.Sequences[0]);
        Assert.True(answerLength > 0, "It keeps the tokens it had.");
        Assert.True(prefill.Sequences.Count == 1 || prefill.Sequences[1] == late);
    }

    [Fact]
    public void Next_RandomLoad_CoversAllTokensAndLosesNoBlock()
    {
        var random = new Random(5);
        var blocks = new BlockManager(12, BlockSize, (_, _) => { });
        var scheduler = Create(blocks, 5);
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
        => Create(new BlockManager(blocks, BlockSize, (_, _) => { }), maxSequences);

    private static Scheduler Create(BlockManager blocks, int maxSequences, bool mixesPhases = true)
        => new(blocks, new PictureQueue(_ => throw new NotSupportedException(), 0), new StepBudget(), maxSequences,
            mixesPhases);

    private static Sequence Add(Scheduler scheduler, int length, string? visitor = null)
    {
        // Each of its own picture, so that they share nothing.
        var sequence = new Sequence(new Prompt(new int[length], null))
        {
            Prefix = new PrefixKey(null, Guid.NewGuid().ToString()),
            Visitor = visitor,
        };
        scheduler.Add(sequence);
        return sequence;
    }

    /// <summary>What the engine does after a pass: everything is computed, one token more where one follows.</summary>
    private static Batch Advance(Batch? batch)
    {
        Assert.NotNull(batch);
        foreach (var sequence in batch.Sequences)
        {
            var wantsToken = sequence.WantsToken;
            sequence.CompletePass();
            if (wantsToken) sequence.Append(0);
        }

        return batch;
    }

    /// <summary>The same, and what was computed is kept for others.</summary>
    private static void Complete(Scheduler scheduler, Batch batch)
    {
        foreach (var sequence in batch.Sequences)
        {
            var wantsToken = sequence.WantsToken;
            sequence.CompletePass();
            scheduler.Complete(sequence);
            if (wantsToken) sequence.Append(0);
        }
    }
}
