using System.Diagnostics;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// One running generation: token ids, how many of them the network has seen, and the blocks that hold their keys and
/// values.
/// </summary>
/// <remarks>Works on token ids; knows nothing of text.</remarks>
public sealed class Sequence
{
    private readonly List<int> _tokenIds;
    private readonly List<int> _blockTable = [];
    private readonly int _lastPicturePosition;
    private int _passEnd;

    /// <param name="prompt">What the network is given.</param>
    /// <param name="written">Tokens of the answer that are there already; they count as answer, so that random choices
    /// go on where they were.</param>
    public Sequence(Prompt prompt, IReadOnlyList<int>? written = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.TokenIds.Length == 0)
            throw new ArgumentException("A prompt has at least one token.", nameof(prompt));
        Image = prompt.Image;
        _lastPicturePosition = Image is { ImageTokenPositions: { Length: > 0 } positions } ? positions.Max() : -1;
        PromptLength = prompt.TokenIds.Length;
        _tokenIds = [.. prompt.TokenIds, .. written ?? []];
    }

    /// <summary>Prompt and answer so far.</summary>
    public IReadOnlyList<int> TokenIds => _tokenIds;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The picture whose features are added at its token positions; null without one.</summary>
    public ImageInputs? Image { get; }

    /// <summary>
    /// The picture's features where they are made apart from the pass; null where the runner makes them within it.
    /// </summary>
    public IPictureFeatures? Features { get; set; }

    /// <summary>Positions whose keys and values are stored. 0 before the prefill.</summary>
    public int ComputedCount { get; set; }

    /// <summary>
    /// Positions that are stored after the next pass: all tokens, unless a long prompt goes through in pieces.
    /// </summary>
    public int PassEnd => _passEnd == 0 ? _tokenIds.Count : _passEnd;

    /// <summary>Whether the next pass ends at the last token, so that a new one follows from it.</summary>
    public bool WantsToken => PassEnd == _tokenIds.Count;

    /// <summary>Whether positions that are not computed yet take features of the picture.</summary>
    public bool NeedsPicture => _lastPicturePosition >= ComputedCount;

    /// <summary>Block of positions [i * blockSize, (i + 1) * blockSize) at index i.</summary>
    public IReadOnlyList<int> BlockTable => _blockTable;

    /// <summary>What its keys and values depend on beside its tokens.</summary>
    internal PrefixKey Prefix { get; init; }

    /// <summary>Who asks: work is shared fairly between these; null stands for nobody else.</summary>
    internal string? Visitor { get; init; }

    /// <summary>The node of the prefix tree at which its kept blocks end; null for none.</summary>
    internal PrefixNode? Kept { get; set; }

    /// <summary>Blocks from the first that are in the prefix tree.</summary>
    internal int KeptBlocks { get; set; }

    /// <summary>Positions computed for it, for fairness.</summary>
    internal long Served { get; set; }

    /// <summary>Whether nothing of it may be left to others.</summary>
    internal bool LeavesNothing { get; set; }

    /// <summary>Whether it ran before and lost its blocks to others.</summary>
    internal bool WasPreempted { get; set; }

    internal ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokenIds);

    /// <summary>Takes a new token at the end.</summary>
    public void Append(int tokenId) => _tokenIds.Add(tokenId);

    /// <summary>Cuts the next pass after so many positions more.</summary>
    public void LimitPass(int positions)
    {
        Debug.Assert(positions > 0, "A pass computes something.");
        _passEnd = Math.Min(_tokenIds.Count, ComputedCount + positions);
    }

    /// <summary>Takes note that the pass is done.</summary>
    internal void CompletePass()
    {
        Served += PassEnd - ComputedCount;
        ComputedCount = PassEnd;
        _passEnd = 0;
    }

    /// <summary>Takes note that the pass was not done.</summary>
    internal void AbandonPass() => _passEnd = 0;

    /// <summary>Makes room for its full length at once, so that the steps of the answer allocate nothing.</summary>
    internal void Reserve(int tokens, int blocks)
    {
        _tokenIds.EnsureCapacity(tokens);
        _blockTable.EnsureCapacity(blocks);
    }

    internal void AddBlock(int block) => _blockTable.Add(block);

    internal void SetBlock(int index, int block) => _blockTable[index] = block;

    internal void ClearBlocks()
    {
        _blockTable.Clear();
        Kept = null;
        KeptBlocks = ComputedCount = _passEnd = 0;
    }
}
