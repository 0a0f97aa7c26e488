using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>A batch laid out as rows: every new position of every sequence, one sequence after the other.</summary>
/// <remarks>Reused from pass to pass.</remarks>
internal sealed unsafe class ForwardPlan
{
    private readonly PinnedList<int> _tokenIds = new();
    private readonly PinnedList<int> _positions = new();
    private readonly PinnedList<int> _slots = new();
    private readonly PinnedList<int> _blockTables = new();
    private readonly PinnedList<int> _lastRows = new();
    private readonly PinnedList<AttentionSegment> _segments = new();
    private readonly PinnedList<AttentionSegment> _lastSegments = new();

    public int RowCount => _tokenIds.Count;

    public int SequenceCount => _segments.Count;

    /// <summary>[RowCount].</summary>
    public ReadOnlySpan<int> TokenIds => new(_tokenIds.Pointer, RowCount);

    /// <summary>[RowCount].</summary>
    public int* Positions => _positions.Pointer;

    /// <summary>[RowCount]: where each row's keys and values go.</summary>
    public int* Slots => _slots.Pointer;

    /// <summary>[SequenceCount]: each sequence's last row.</summary>
    public ReadOnlySpan<int> LastRows => new(_lastRows.Pointer, SequenceCount);

    /// <summary>[SequenceCount]: all rows of each.</summary>
    public AttentionSegment* Segments => _segments.Pointer;

    /// <summary>[SequenceCount]: the last row of each, as if they were all the rows there are.</summary>
    public AttentionSegment* LastSegments => _lastSegments.Pointer;

    public int* BlockTables => _blockTables.Pointer;

    /// <summary>First row of a sequence.</summary>
    public int FirstRowOf(int sequence) => _segments[sequence].FirstRow;

    /// <exception cref="ArgumentException">A sequence does not fit the network or its own block table.</exception>
    public void Build(Batch batch, int maxPositions, int blockCapacity)
    {
        foreach (var list in (ReadOnlySpan<PinnedList<int>>)[_tokenIds, _positions, _slots, _blockTables, _lastRows])
            list.Clear();
        _segments.Clear();
        _lastSegments.Clear();
        for (var i = 0; i < batch.Sequences.Count; i++) Add(batch.Sequences[i], maxPositions, blockCapacity);
    }

    private void Add(Sequence sequence, int maxPositions, int blockCapacity)
    {
        var tokens = sequence.TokenIds;
        var length = sequence.PassEnd;
        var first = sequence.ComputedCount;
        if (first < 0 || first >= length)
            throw new ArgumentException($"A sequence of {tokens.Count} tokens has no new ones from {first}.");
        if (length > maxPositions)
            throw new ArgumentException($"A sequence has {length} tokens; the model has {maxPositions} positions.");
        var blockCount = (length + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
        if (sequence.BlockTable.Count < blockCount)
            throw new ArgumentException(
                $"A sequence of {length} tokens needs {blockCount} blocks, its table has {sequence.BlockTable.Count}.");

        var firstBlock = _blockTables.Count;
        for (var i = 0; i < blockCount; i++)
        {
            var block = sequence.BlockTable[i];
            if ((uint)block >= (uint)blockCapacity)
                throw new ArgumentException($"Block {block} is not one of {blockCapacity}.");
            _blockTables.Add(block);
        }

        var segment = new AttentionSegment
        {
            FirstRow = RowCount,
            RowCount = length - first,
            FirstPosition = first,
            Length = length,
            FirstBlock = firstBlock,
        };
        _segments.Add(segment);
        _lastRows.Add(segment.FirstRow + segment.RowCount - 1);
        _lastSegments.Add(segment with { FirstRow = _lastSegments.Count, RowCount = 1, FirstPosition = length - 1 });
        for (var position = first; position < length; position++)
        {
            _tokenIds.Add(tokens[position]);
            _positions.Add(position);
            _slots.Add((_blockTables[firstBlock + (position / KeyValueBlocks.BlockSize)] * KeyValueBlocks.BlockSize)
                + (position % KeyValueBlocks.BlockSize));
        }
    }
}

/// <summary>
/// Sees intermediate values of a forward pass, for parity tests. Where a step runs in pieces (groups of crops), the
/// pieces come one after the other under the same name.
/// </summary>
/// <param name="name">As the golden files name them, such as <c>block0_attn_out</c>; all rows, not only the
/// last.</param>
/// <param name="values">Row after row; valid during the call only.</param>
internal delegate void ForwardTrace(string name, ReadOnlySpan<float> values);
