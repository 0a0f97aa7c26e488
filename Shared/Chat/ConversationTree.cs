namespace Molmo.Demo.Shared.Chat;

/// <summary>A turn's place among the others.</summary>
/// <param name="Id">The turn.</param>
/// <param name="Parent">The turn before it; null for a first question.</param>
/// <param name="Continues">The answer that it goes on from; null for one that began at its beginning.</param>
public readonly record struct TurnNode(GenerationId Id, GenerationId? Parent, GenerationId? Continues = null);

/// <summary>
/// The turns of a conversation as a tree: a question that was edited or asked again stands beside its first version. A
/// page shows one path from a first question to a last.
/// </summary>
public sealed class ConversationTree
{
    private readonly Dictionary<GenerationId, TurnNode> _nodes = [];
    private readonly List<TurnNode> _order = [];
    private readonly Dictionary<GenerationId, GenerationId> _continuedBy = [];
    private readonly HashSet<GenerationId> _parents = [];

    /// <param name="nodes">Every turn, in the order they were asked; a parent that did not come before counts as
    /// none.</param>
    public ConversationTree(IEnumerable<TurnNode> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        foreach (var given in nodes)
        {
            // What comes later cannot be a parent: so there are no circles, whatever the rows say.
            var node = given.Parent is { } parent && !_nodes.ContainsKey(parent) ? given with { Parent = null } : given;
            if (!_nodes.TryAdd(node.Id, node)) continue;
            _order.Add(node);
            if (node.Parent is { } before) _parents.Add(before);
            if (node.Continues is { } continued) _continuedBy[continued] = node.Id;
        }
    }

    /// <summary>From the first question to this turn; empty for an unknown one.</summary>
    public IReadOnlyList<GenerationId> PathTo(GenerationId id)
    {
        var path = new List<GenerationId>();
        for (GenerationId? at = id; at is { } current && _nodes.TryGetValue(current, out var node); at = node.Parent)
            path.Add(current);
        path.Reverse();
        return path;
    }

    /// <summary>
    /// This turn's versions, itself among them, in the order they were asked. An answer that another went on from is
    /// shown as that other.
    /// </summary>
    public IReadOnlyList<GenerationId> VersionsOf(GenerationId id)
        => _nodes.TryGetValue(id, out var node)
            ? [.. _order.Where(other => other.Parent == node.Parent && (other.Id == id || !IsReplaced(other.Id)))
                .Select(other => other.Id)]
            : [];

    /// <summary>The newest last turn at or below this one.</summary>
    public GenerationId LeafBelow(GenerationId id)
    {
        var below = new HashSet<GenerationId> { Shown(id) };
        var leaf = Shown(id);
        foreach (var node in _order)
            if (node.Parent is { } parent && below.Contains(parent) && !IsReplaced(node.Id))
            {
                below.Add(node.Id);
                leaf = node.Id;
            }
        return leaf;
    }

    /// <summary>The last turn of all that were asked; null without one.</summary>
    public GenerationId? Newest => _order is [.., var last] ? last.Id : null;

    private GenerationId Shown(GenerationId id)
    {
        while (IsReplaced(id)) id = _continuedBy[id];
        return id;
    }

    // Asked about before it was gone on from, it stays a version of its own: what follows it belongs to it.
    private bool IsReplaced(GenerationId id)
        => _continuedBy.TryGetValue(id, out var by) && by != id && !_parents.Contains(id);
}
