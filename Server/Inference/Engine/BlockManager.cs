using System.Diagnostics;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Hands out the key/value blocks of a runner, and keeps those of beginnings that were computed until others need the
/// room. A sequence that begins like an earlier one takes its blocks, shared and never written to again; of a block
/// that it shares in part it gets a copy.
/// </summary>
/// <remarks>
/// A block is free, or held by sequences, or in the tree, or both. What only the tree has is given away, the longest
/// unused first. A sequence's first <see cref="Sequence.KeptBlocks"/> blocks are those of its path in the tree.
/// </remarks>
/// <param name="capacity">Blocks in all; their numbers are 0 to capacity - 1.</param>
/// <param name="blockSize">Positions a block holds.</param>
/// <param name="copy">Copies all layers' keys and values of one block to another.</param>
internal sealed class BlockManager(int capacity, int blockSize, Action<int, int> copy)
{
    private readonly Stack<int> _free = new(Enumerable.Range(0, capacity).Reverse());
    private readonly int[] _holders = new int[capacity];
    private readonly bool[] _isKept = new bool[capacity];
    private readonly PrefixTree _tree = new(blockSize);
    private int _held;

    /// <summary>Blocks that no sequence holds, those kept for later included.</summary>
    public int FreeCount => capacity - _held;

    /// <summary>Blocks whose keys and values are kept for later, whether sequences hold them too or not.</summary>
    public int KeptCount => _tree.Count;

    /// <summary>Positions that sequences found computed.</summary>
    public long ReusedPositions { get; private set; }

    /// <summary>Blocks that so many positions take.</summary>
    public int BlocksFor(int positionCount) => (positionCount + blockSize - 1) / blockSize;

    /// <summary>Positions of whole blocks among so many.</summary>
    public int WholeBlocks(int positionCount) => positionCount / blockSize * blockSize;

    /// <summary>
    /// Gives a sequence that holds nothing all blocks that its tokens take; as many of its first positions as are kept
    /// count as computed, but not the last, from which the next token follows.
    /// </summary>
    /// <param name="sequence">Holds no blocks.</param>
    /// <param name="spare">Blocks that must be left.</param>
    /// <returns>False where there are too few; nothing has changed then.</returns>
    public bool TryBegin(Sequence sequence, int spare)
    {
        Debug.Assert(sequence.BlockTable.Count == 0, "Begins anew.");
        var tokens = sequence.Tokens;
        var shared = 0;
        var node = _tree.Root(sequence.Prefix);
        for (var at = node; at is not null; at = NextOf(at, sequence, shared))
        {
            if (at.Parent is null) continue;
            node = at;
            shared++;
        }

        var held = 0;
        for (var at = node; at is { Parent: not null }; at = at.Parent)
            if (_holders[at.Block] > 0) held++;
        if (BlocksFor(tokens.Length) - held + spare > FreeCount) return false;

        if (shared > 0)
        {
            for (var i = 0; i < shared; i++) sequence.AddBlock(-1);
            for (var (at, i) = (node!, shared - 1); i >= 0; at = at.Parent!, i--)
            {
                Hold(at.Block);
                sequence.SetBlock(i, at.Block);
            }

            _tree.Touch(node!);
            (sequence.Kept, sequence.KeptBlocks, sequence.ComputedCount) = (node, shared, shared * blockSize);
        }

        CopyPart(sequence, node);
        ReusedPositions += sequence.ComputedCount;
        Cover(sequence);
        return true;
    }

    /// <summary>
    /// Gives a sequence the blocks that others have computed meanwhile of what it would compute next.
    /// </summary>
    public void Advance(Sequence sequence)
    {
        if (sequence.ComputedCount != sequence.KeptBlocks * blockSize) return;
        var begin = sequence.KeptBlocks;
        var node = sequence.Kept ?? _tree.Root(sequence.Prefix);
        while (node is not null && NextOf(node, sequence, sequence.KeptBlocks) is { } next)
        {
            Exchange(sequence, next);
            node = next;
            sequence.ComputedCount = sequence.KeptBlocks * blockSize;
        }

        if (sequence.KeptBlocks == begin) return;
        _tree.Touch(sequence.Kept!);
        ReusedPositions += (long)(sequence.KeptBlocks - begin) * blockSize;
    }

    /// <summary>Keeps the whole blocks that a sequence has computed, so that others find them at once.</summary>
    public void Keep(Sequence sequence)
    {
        while (!sequence.LeavesNothing && (sequence.KeptBlocks + 1) * blockSize <= sequence.ComputedCount)
        {
            var tokens = sequence.Tokens.Slice(sequence.KeptBlocks * blockSize, blockSize);
            var before = sequence.Kept ?? _tree.Root(sequence.Prefix);
            if (before is not null && PrefixTree.Next(before, tokens) is { } there)
            {
                Exchange(sequence, there);
                continue;
            }

            var block = sequence.BlockTable[sequence.KeptBlocks];
            if (before is not null) DropParts(before, tokens);
            // The root may have gone with the last of its parts.
            sequence.Kept = _tree.Add(sequence.Prefix, sequence.Kept, tokens, block);
            sequence.KeptBlocks++;
            _isKept[block] = true;
        }
    }

    /// <summary>Gives the sequence the blocks that its tokens still lack.</summary>
    /// <returns>False where there are too few; nothing has changed then.</returns>
    public bool TryCover(Sequence sequence)
    {
        if (BlocksFor(sequence.TokenIds.Count) - sequence.BlockTable.Count > FreeCount) return false;
        Cover(sequence);
        return true;
    }

    /// <summary>Takes all blocks back; the sequence begins again at its first position.</summary>
    /// <param name="sequence">Whose.</param>
    /// <param name="keep">Whether what was computed is right, so that others may have it.</param>
    public void Release(Sequence sequence, bool keep = true)
    {
        keep &= !sequence.LeavesNothing;
        if (keep)
        {
            Keep(sequence);
            KeepPart(sequence);
        }

        var path = sequence.Kept;
        for (var i = sequence.BlockTable.Count - 1; i >= 0; i--) Drop(sequence.BlockTable[i]);
        sequence.ClearBlocks();
        if (!keep) Forget(path);
    }

    /// <summary>Gives away all that is kept under such keys; what sequences hold stays theirs.</summary>
    public void Forget(Predicate<PrefixKey> isSuch)
    {
        foreach (var root in _tree.RootsOf(isSuch)) ForgetBelow(root);
    }

    private void ForgetBelow(PrefixNode node)
    {
        for (var i = node.Children.Count - 1; i >= 0; i--) ForgetBelow(node.Children[i]);
        if (node.Parent is not null && node.Children.Count == 0 && _holders[node.Block] == 0) Remove(node);
    }

    /// <summary>Gives away a path from its end, as far as nobody else is on it.</summary>
    private void Forget(PrefixNode? end)
    {
        while (end is { Parent: { } before, Children.Count: 0 } && _holders[end.Block] == 0)
        {
            Remove(end);
            end = before;
        }
    }

    /// <summary>The whole block that follows within a sequence's tokens, the last token left out.</summary>
    private PrefixNode? NextOf(PrefixNode node, Sequence sequence, int blocks)
    {
        var begin = blocks * blockSize;
        return begin + blockSize < sequence.TokenIds.Count
            ? PrefixTree.Next(node, sequence.Tokens.Slice(begin, blockSize)) : null;
    }

    /// <summary>Copies the block that goes on like the sequence for a part of it.</summary>
    private void CopyPart(Sequence sequence, PrefixNode? node)
    {
        if (node is null) return;
        var begin = sequence.KeptBlocks * blockSize;
        var rest = sequence.Tokens[begin..^1];
        var (closest, length) = PrefixTree.Closest(node, rest[..Math.Min(blockSize, rest.Length)]);
        if (closest is null) return;
        // Held meanwhile, or it might be the very block that is given away.
        Hold(closest.Block);
        if (FreeCount > 0)
        {
            var block = Take();
            copy(closest.Block, block);
            sequence.AddBlock(block);
            sequence.ComputedCount += length;
            _tree.Touch(closest);
        }

        Drop(closest.Block);
    }

    private void KeepPart(Sequence sequence)
    {
        var begin = sequence.KeptBlocks * blockSize;
        var tokens = sequence.Tokens[begin..Math.Max(begin, sequence.ComputedCount)];
        if (tokens.Length == 0) return;
        if ((sequence.Kept ?? _tree.Root(sequence.Prefix)) is { } before)
        {
            if (PrefixTree.Closest(before, tokens).Length == tokens.Length) return;
            DropParts(before, tokens);
        }

        var block = sequence.BlockTable[sequence.KeptBlocks];
        _tree.Add(sequence.Prefix, sequence.Kept, tokens, block);
        _isKept[block] = true;
    }

    /// <summary>Gives away what is only the beginning of these tokens.</summary>
    private void DropParts(PrefixNode before, ReadOnlySpan<int> tokens)
    {
        for (var i = before.Children.Count - 1; i >= 0; i--)
        {
            var child = before.Children[i];
            if (child.Tokens.Length < tokens.Length && tokens.StartsWith(child.Tokens) && _holders[child.Block] == 0)
                Remove(child);
        }
    }

    /// <summary>Puts the tree's block in the place of the sequence's own of the same content.</summary>
    private void Exchange(Sequence sequence, PrefixNode node)
    {
        var own = sequence.BlockTable[sequence.KeptBlocks];
        if (own != node.Block)
        {
            Hold(node.Block);
            sequence.SetBlock(sequence.KeptBlocks, node.Block);
            Drop(own);
        }

        (sequence.Kept, sequence.KeptBlocks) = (node, sequence.KeptBlocks + 1);
    }

    private void Cover(Sequence sequence)
    {
        for (var i = sequence.BlockTable.Count; i < BlocksFor(sequence.TokenIds.Count); i++) sequence.AddBlock(Take());
    }

    private int Take()
    {
        if (_free.Count == 0)
            Remove(_tree.OldestLeaf(_holders, static (holders, node) => holders[node.Block] == 0)
                ?? throw new InvalidOperationException("Counted blocks are there."));
        var block = _free.Pop();
        Hold(block);
        return block;
    }

    private void Remove(PrefixNode node)
    {
        _tree.Remove(node);
        _isKept[node.Block] = false;
        _free.Push(node.Block);
    }

    private void Hold(int block)
    {
        if (_holders[block]++ == 0) _held++;
    }

    private void Drop(int block)
    {
        if (--_holders[block] > 0) return;
        _held--;
        if (!_isKept[block]) _free.Push(block);
    }
}
