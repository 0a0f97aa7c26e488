namespace Molmo.Demo.Inference.Engine;

/// <summary>Hands out the key/value blocks of a runner. Knows nothing of what is stored in them.</summary>
/// <param name="capacity">Blocks in all; their numbers are 0 to capacity - 1.</param>
/// <param name="blockSize">Positions a block holds.</param>
internal sealed class BlockManager(int capacity, int blockSize)
{
    private readonly Stack<int> _free = new(Enumerable.Range(0, capacity).Reverse());

    /// <summary>Blocks that no sequence holds.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Blocks that so many positions take.</summary>
    public int BlocksFor(int positionCount) => (positionCount + blockSize - 1) / blockSize;

    /// <summary>Gives the sequence the blocks that its tokens still lack.</summary>
    /// <returns>False where there are too few; nothing has changed then.</returns>
    public bool TryCover(Sequence sequence)
    {
        var missing = BlocksFor(sequence.TokenIds.Count) - sequence.BlockTable.Count;
        if (missing > _free.Count) return false;
        for (; missing > 0; missing--) sequence.AddBlock(_free.Pop());
        return true;
    }

    /// <summary>Takes all blocks back; the sequence begins again at its first position.</summary>
    public void Release(Sequence sequence)
    {
        for (var i = sequence.BlockTable.Count - 1; i >= 0; i--) _free.Push(sequence.BlockTable[i]);
        sequence.ClearBlocks();
    }
}
