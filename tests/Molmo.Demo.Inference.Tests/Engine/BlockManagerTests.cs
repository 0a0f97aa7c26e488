using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class BlockManagerTests
{
    [Fact]
    public void TryCover_GrowingSequence_AddsBlocksOnlyAtBlockEnds()
    {
        var blocks = new BlockManager(8, 4);
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
        var blocks = new BlockManager(2, 4);
        var sequence = Sequence(9);
        Assert.False(blocks.TryCover(sequence));
        Assert.Empty(sequence.BlockTable);
        Assert.Equal(2, blocks.FreeCount);
    }

    [Fact]
    public void TryCover_SeveralSequences_NeverSharesABlock()
    {
        var blocks = new BlockManager(6, 4);
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
        var blocks = new BlockManager(2, 4);
        var sequence = Sequence(3);
        blocks.TryCover(sequence);
        sequence.ComputedCount = 3;
        blocks.Release(sequence);
        Assert.Equal(0, sequence.ComputedCount);
        Assert.Empty(sequence.BlockTable);
        Assert.Equal(2, blocks.FreeCount);
    }

    private static Sequence Sequence(int length) => new(new Prompt(new int[length], null));
}
