using System.Diagnostics;

namespace Molmo.Demo.Inference.Engine;

/// <summary>What keys and values depend on beside the tokens before them.</summary>
/// <param name="Isolation">Shared only with those that have the same; null with all others that have none.</param>
/// <param name="Picture">Content of the picture; null without one.</param>
internal readonly record struct PrefixKey(string? Isolation, string? Picture);

/// <summary>A block of keys and values that is kept, and the blocks that follow it.</summary>
/// <param name="parent">The block before; null for what stands before the first.</param>
/// <param name="tokens">Ids of its positions; fewer than a block has only where an answer ended.</param>
/// <param name="block">Where its keys and values are; -1 for what stands before the first.</param>
internal sealed class PrefixNode(PrefixNode? parent, int[] tokens, int block)
{
    public PrefixNode? Parent { get; } = parent;

    public int[] Tokens { get; } = tokens;

    public int Block { get; } = block;

    public List<PrefixNode> Children { get; } = [];

    /// <summary>Neighbours in the order of use; the tree's own.</summary>
    public PrefixNode? Older { get; set; }

    /// <inheritdoc cref="Older"/>
    public PrefixNode? Newer { get; set; }
}

/// <summary>
/// Blocks of keys and values by what they are of: picture and tokens from the first on. The same beginning is the same
/// path, compared token by token.
/// </summary>
/// <remarks>
/// Knows nothing of who holds a block. In the order of use a block comes before those that follow it.
/// </remarks>
internal sealed class PrefixTree(int blockSize)
{
    private readonly Dictionary<PrefixKey, PrefixNode> _roots = [];
    private PrefixNode? _oldest;
    private PrefixNode? _newest;

    /// <summary>Blocks in the tree.</summary>
    public int Count { get; private set; }

    /// <summary>Where paths of this key begin; null where there is none.</summary>
    public PrefixNode? Root(PrefixKey key) => _roots.GetValueOrDefault(key);

    /// <summary>The block that holds just these tokens after another.</summary>
    /// <param name="node">The block before.</param>
    /// <param name="tokens">A block's worth.</param>
    public static PrefixNode? Next(PrefixNode node, ReadOnlySpan<int> tokens)
    {
        foreach (var child in node.Children)
            if (tokens.SequenceEqual(child.Tokens)) return child;
        return null;
    }

    /// <summary>The block that begins with most of these tokens, and how many.</summary>
    public static (PrefixNode? Node, int Length) Closest(PrefixNode node, ReadOnlySpan<int> tokens)
    {
        (PrefixNode? Node, int Length) best = default;
        foreach (var child in node.Children)
        {
            var length = tokens.CommonPrefixLength(child.Tokens);
            if (length > best.Length) best = (child, length);
        }

        return best;
    }

    /// <summary>Adds a block after another; with no other, as the first of its key.</summary>
    public PrefixNode Add(PrefixKey key, PrefixNode? after, ReadOnlySpan<int> tokens, int block)
    {
        Debug.Assert(tokens.Length > 0 && tokens.Length <= blockSize, "A block's tokens.");
        if (after is null && !_roots.TryGetValue(key, out after))
            _roots[key] = after = new PrefixNode(null, [], -1);
        var node = new PrefixNode(after, tokens.ToArray(), block);
        after.Children.Add(node);
        Count++;
        Append(node);
        Touch(node);
        return node;
    }

    /// <summary>Makes a path the one that was used last.</summary>
    /// <param name="node">Its end.</param>
    public void Touch(PrefixNode node)
    {
        for (var at = node; at.Parent is not null; at = at.Parent)
        {
            if (at == _newest) continue;
            Unlink(at);
            Append(at);
        }
    }

    /// <summary>The block that was used longest ago of those that nothing follows and that meet a condition.</summary>
    public PrefixNode? OldestLeaf<TState>(TState state, Func<TState, PrefixNode, bool> condition)
    {
        for (var node = _oldest; node is not null; node = node.Newer)
            if (node.Children.Count == 0 && condition(state, node)) return node;
        return null;
    }

    /// <summary>Takes a block out that nothing follows.</summary>
    public void Remove(PrefixNode node)
    {
        Debug.Assert(node.Children.Count == 0 && node.Parent is not null, "A leaf.");
        node.Parent.Children.Remove(node);
        Unlink(node);
        Count--;
        if (node.Parent is { Parent: null, Children.Count: 0 } root) RemoveRoot(root);
    }

    /// <summary>Roots of all such keys.</summary>
    public List<PrefixNode> RootsOf(Predicate<PrefixKey> isSuch)
        => [.. _roots.Where(root => isSuch(root.Key)).Select(root => root.Value)];

    private void RemoveRoot(PrefixNode root)
    {
        foreach (var (key, value) in _roots)
        {
            if (value != root) continue;
            _roots.Remove(key);
            return;
        }
    }

    private void Append(PrefixNode node)
    {
        node.Older = _newest;
        if (_newest is null) _oldest = node;
        else _newest.Newer = node;
        _newest = node;
    }

    private void Unlink(PrefixNode node)
    {
        if (node.Older is null) _oldest = node.Newer;
        else node.Older.Newer = node.Newer;
        if (node.Newer is null) _newest = node.Older;
        else node.Newer.Older = node.Older;
        node.Older = node.Newer = null;
    }
}
