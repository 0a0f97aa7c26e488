using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class BlockManagerTests
{
    [Fact]
    public void TryCover_GrowingSequence_AddsBlocksOnlyAtBlockEnds()
    {
        var blocks = Create(8, 4);
        var sequence = Sequence(4);
        Assert.True(blocks.TryCover(sequence));
        Assert.Single(sequence.BlockTable);
        sequence.Append(1);
        Assert.True(blocks.TryCover(sequence));
        Assert.True(blocks.TryCover(sequence));
        Assert.Equal(2, sequence.BlockTable.Count);
        Assert.Equal(6, blocks.FreeCount);
    }

    [Fact]
    public void TryCover_TooFewBlocks_ChangesNothing()
    {
        var blocks = Create(2, 4);
        var sequence = Sequence(9);
        Assert.False(blocks.TryCover(sequence));
        Assert.Empty(sequence.BlockTable);
        Assert.Equal(2, blocks.FreeCount);
    }

    [Fact]
    public void TryCover_SeveralSequences_NeverSharesABlock()
    {
        var blocks = Create(6, 4);
        Sequence[] sequences = [Sequence(5), Sequence(8), Sequence(7)];
        Assert.All(sequences, s => Assert.True(blocks.TryCover(s)));
        blocks.Release(sequences[1]);
        var late = Sequence(6);
        Assert.True(blocks.TryCover(late));
        int[] held = [.. sequences[0].BlockTable, .. sequences[2].BlockTable, .. late.BlockTable];
        Assert.Equal(held.Length, held.Distinct().Count());
        Assert.All(held, block => Assert.InRange(block, 0, 5));
    }

    [Fact]
    public void Release_ComputedSequence_BeginsAgain()
    {
        var blocks = Create(2, 4);
        var sequence = Sequence(3);
        blocks.TryCover(sequence);
        sequence.ComputedCount = 3;
        blocks.Release(sequence);
        Assert.Equal(0, sequence.ComputedCount);
        Assert.Empty(sequence.BlockTable);
        Assert.Equal(2, blocks.FreeCount);
    }

    [Fact]
    public void TryBegin_SameBeginning_SharesWholeBlocksAndCopiesThePart()
    {
        var copies = new List<(int Source, int Target)>();
        var blocks = new BlockManager(8, 4, (source, target) => copies.Add((source, target)));
        var first = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        Compute(blocks, first);
        var second = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8, 20, 21]);

        Assert.Equal(8, second.ComputedCount);
        Assert.Equal(first.BlockTable.Take(2), second.BlockTable.Take(2));
        Assert.NotEqual(first.BlockTable[2], second.BlockTable[2]);
        Assert.Equal(4, blocks.FreeCount);

        var last = first.BlockTable[2];
        blocks.Release(first);
        var third = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
        Assert.Equal(9, third.ComputedCount);
        Assert.Equal([(last, third.BlockTable[2])], copies);
        Assert.Equal(8 + 9, blocks.ReusedPositions);
    }

    [Fact]
    public void TryBegin_TheVerySamePrompt_LeavesTheLastTokenToCompute()
    {
        var blocks = Create(8, 4);
        var first = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8]);
        Compute(blocks, first);
        blocks.Release(first);
        Assert.Equal(7, Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8]).ComputedCount);
    }

    [Theory]
    [InlineData("one", "photo", "two", "photo")]
    [InlineData(null, "photo", "two", "photo")]
    [InlineData(null, "photo", null, "other photo")]
    [InlineData(null, "photo", null, null)]
    public void TryBegin_OtherPictureOrIsolation_SharesNothing(
        string? isolation, string? picture, string? otherIsolation, string? otherPicture)
    {
        var blocks = Create(8, 4);
        var first = Begun(blocks, [1, 2, 3, 4, 5, 6], new PrefixKey(isolation, picture));
        Compute(blocks, first);
        blocks.Release(first);
        Assert.Equal(0, Begun(blocks, [1, 2, 3, 4, 5, 6], new PrefixKey(otherIsolation, otherPicture)).ComputedCount);
        Assert.Equal(5, Begun(blocks, [1, 2, 3, 4, 5, 6], new PrefixKey(isolation, picture)).ComputedCount);
    }

    [Fact]
    public void TryBegin_BlocksRunOut_GivesAwayTheLongestUnused()
    {
        var blocks = Create(6, 4);
        foreach (var number in (int[])[1, 2, 3])
        {
            var sequence = Begun(blocks, [number, 0, 0, 0, 0, 0, 0, 0]);
            Compute(blocks, sequence);
            blocks.Release(sequence);
        }

        Assert.Equal((6, 6), (blocks.KeptCount, blocks.FreeCount));
        blocks.Release(Begun(blocks, [1, 0, 0, 0, 0]));
        var newcomer = Begun(blocks, [9, 9, 9, 9, 9, 9, 9, 9, 9]);
        Assert.Equal(0, newcomer.ComputedCount);
        Assert.Equal(4, Lookup(1));
        Assert.Equal(4, Lookup(3));
        Assert.Equal(0, Lookup(2));

        int Lookup(int number)
        {
            var sequence = Begun(blocks, [number, 0, 0, 0, 50]);
            var computed = sequence.ComputedCount;
            blocks.Release(sequence);
            return computed;
        }
    }

    [Fact]
    public void Keep_TwoComputeTheSame_EndUpWithTheSameBlocks()
    {
        var blocks = Create(8, 4);
        var first = Begun(blocks, [1, 2, 3, 4, 5]);
        var second = Begun(blocks, [1, 2, 3, 4, 6]);
        Assert.NotEqual(first.BlockTable[0], second.BlockTable[0]);
        Compute(blocks, first);
        Compute(blocks, second);
        Assert.Equal(first.BlockTable[0], second.BlockTable[0]);
        Assert.Equal(5, blocks.FreeCount);
    }

    [Fact]
    public void Advance_AnotherComputedWhatComesNext_TakesItsBlocks()
    {
        var blocks = Create(8, 4);
        var first = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        var second = Begun(blocks, [1, 2, 3, 4, 5, 6, 7, 8, 10]);
        Compute(blocks, first);
        blocks.Advance(second);
        Assert.Equal(8, second.ComputedCount);
        Assert.Equal(first.BlockTable.Take(2), second.BlockTable.Take(2));
        Assert.Equal(4, blocks.FreeCount);
    }

    [Fact]
    public void Release_NotToBeKept_LeavesNothingOfItsOwnPath()
    {
        var blocks = Create(8, 4);
        var healthy = Begun(blocks, [1, 2, 3, 4, 5]);
        Compute(blocks, healthy);
        var broken = Begun(blocks, [1, 2, 3, 4, 6, 7, 8, 9, 10]);
        Compute(blocks, broken);
        blocks.Release(broken, keep: false);
        Assert.Equal(4, Begun(blocks, [1, 2, 3, 4, 6, 7, 8, 9, 10]).ComputedCount);
    }

    [Fact]
    public void Forget_AnIsolation_GivesItsBlocksAwayAndNoOthers()
    {
        var blocks = Create(8, 4);
        foreach (var isolation in (string?[])["secret", null])
        {
            var sequence = Begun(blocks, [1, 2, 3, 4, 5, 6], new PrefixKey(isolation, null));
            Compute(blocks, sequence);
            blocks.Release(sequence);
        }

        blocks.Forget(key => key.Isolation == "secret");
        Assert.Equal(2, blocks.KeptCount);
        Assert.Equal(0, Begun(blocks, [1, 2, 3, 4, 5, 6], new PrefixKey("secret", null)).ComputedCount);
        Assert.Equal(5, Begun(blocks, [1, 2, 3, 4, 5, 6]).ComputedCount);
    }

    /// <summary>
    /// What lies in a block is always what its holder believes, whatever is shared, copied, preempted and given away.
    /// </summary>
    [Fact]
    public void AllOfIt_RandomLoad_EveryBlockHoldsWhatItsSequencesThink()
    {
        const int blockSize = 4;
        var memory = new int[24 * blockSize];
        var blocks = new BlockManager(24, blockSize, (source, target)
            => Array.Copy(memory, source * blockSize, memory, target * blockSize, blockSize));
        var random = new Random(7);
        var open = new List<Sequence>();
        var reused = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            if (open.Count < 5 && random.Next(3) == 0)
            {
                // Few different tokens, so that beginnings meet often.
                int[] tokens = [.. Enumerable.Range(0, random.Next(1, 22)).Select(i => i < 9 ? 1 : random.Next(2))];
                var sequence = New(tokens, new PrefixKey(random.Next(3) == 0 ? "x" : null, null));
                if (blocks.TryBegin(sequence, open.Count)) open.Add(sequence);
            }

            if (open.Count == 0) continue;
            var one = open[random.Next(open.Count)];
            switch (random.Next(8))
            {
                case 0:
                    blocks.Release(one, keep: random.Next(4) > 0);
                    open.Remove(one);
                    break;
                case 1:
                    blocks.Advance(one);
                    break;
                case 2 when random.Next(20) == 0:
                    blocks.Forget(key => key.Isolation == "x");
                    break;
                default:
                    if (one.ComputedCount == one.TokenIds.Count) one.Append(random.Next(2));
                    if (!blocks.TryCover(one)) break;
                    one.LimitPass(random.Next(1, 7));
                    for (var i = one.ComputedCount; i < one.PassEnd; i++)
                        memory[(one.BlockTable[i / blockSize] * blockSize) + (i % blockSize)] = Content(one, i);
                    one.CompletePass();
                    if (random.Next(2) == 0) blocks.Keep(one);
                    break;
            }

            foreach (var sequence in open)
                for (var i = 0; i < sequence.ComputedCount; i++)
                {
                    var slot = (sequence.BlockTable[i / blockSize] * blockSize) + (i % blockSize);
                    Assert.Equal(Content(sequence, i), memory[slot]);
                }

            Assert.Equal(24 - open.SelectMany(s => s.BlockTable).Distinct().Count(), blocks.FreeCount);
            reused = blocks.ReusedPositions;
        }

        Assert.True(reused > 10_000, "Nothing was shared: the test tests nothing.");
        foreach (var sequence in open) blocks.Release(sequence);
        Assert.Equal(24, blocks.FreeCount);

        // Depends on all tokens before, as keys and values do.
        static int Content(Sequence sequence, int position)
        {
            var hash = new HashCode();
            hash.Add(sequence.Prefix);
            for (var i = 0; i <= position; i++) hash.Add(sequence.TokenIds[i]);
            return hash.ToHashCode();
        }
    }

    private static BlockManager Create(int capacity, int blockSize) => new(capacity, blockSize, (_, _) => { });

    private static Sequence Begun(BlockManager blocks, int[] tokens, PrefixKey prefix = default)
    {
        var sequence = New(tokens, prefix);
        Assert.True(blocks.TryBegin(sequence, 0));
        return sequence;
    }

    private static Sequence New(int[] tokens, PrefixKey prefix) => new(new Prompt(tokens, null)) { Prefix = prefix };

    private static void Compute(BlockManager blocks, Sequence sequence)
    {
        sequence.CompletePass();
        blocks.Keep(sequence);
    }

    private static Sequence Sequence(int length) => new(new Prompt(new int[length], null));
}
