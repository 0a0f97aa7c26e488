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

    /// <param name="prompt">What the network is given.</param>
    /// <param name="written">Tokens of the answer that are there already; they count as answer, so that random choices
    /// go on where they were.</param>
    public Sequence(Prompt prompt, IReadOnlyList<int>? written = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.TokenIds.Length == 0)
            throw new ArgumentException("A prompt has at least one token.", nameof(prompt));
        Image = prompt.Image;
        PromptLength = prompt.TokenIds.Length;
        _tokenIds = [.. prompt.TokenIds, .. written ?? []];
    }

    /// <summary>Prompt and answer so far.</summary>
    public IReadOnlyList<int> TokenIds => _tokenIds;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The picture whose features are added at its token positions; null without one.</summary>
    public ImageInputs? Image { get; }

    /// <summary>Positions whose keys and values are stored. 0 before the prefill.</summary>
    public int ComputedCount { get; set; }

    /// <summary>Block of positions [i * blockSize, (i + 1) * blockSize) at index i.</summary>
    public IReadOnlyList<int> BlockTable => _blockTable;

    /// <summary>Takes a new token at the end.</summary>
    public void Append(int tokenId) => _tokenIds.Add(tokenId);

    /// <summary>Makes room for its full length at once, so that the steps of the answer allocate nothing.</summary>
    internal void Reserve(int tokens, int blocks)
    {
        _tokenIds.EnsureCapacity(tokens);
        _blockTable.EnsureCapacity(blocks);
    }

    internal void AddBlock(int block) => _blockTable.Add(block);

    internal void ClearBlocks()
    {
        _blockTable.Clear();
        ComputedCount = 0;
    }
}
