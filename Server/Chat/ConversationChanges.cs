using System.Collections.Concurrent;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Who looks at whose conversations, in this process. That is everybody: the process that keeps a conversation is the
/// one that serves its pages, whichever machine writes the answers.
/// </summary>
internal sealed class ConversationChanges : IConversationChanges
{
    private readonly ConcurrentDictionary<VisitorId, ImmutableArray<Watcher>> _watchers = new();

    public IDisposable Watch(VisitorId visitor, Action<ConversationId?> changed)
    {
        var watcher = new Watcher(this, visitor, changed);
        _watchers.AddOrUpdate(visitor, [watcher], (_, others) => others.Add(watcher));
        return watcher;
    }

    /// <summary>Tells the pages of a visitor that a conversation has changed; null for any of them.</summary>
    public void Report(VisitorId visitor, ConversationId? id)
    {
        foreach (var watcher in _watchers.GetValueOrDefault(visitor, [])) watcher.Changed(id);
    }

    /// <summary>Tells all pages that any of their conversations may have gone.</summary>
    public void ReportAll()
    {
        foreach (var visitor in _watchers.Keys) Report(visitor, null);
    }

    private void End(Watcher watcher)
    {
        while (_watchers.TryGetValue(watcher.Visitor, out var all))
        {
            var others = all.Remove(watcher);
            if (others.IsEmpty
                ? _watchers.TryRemove(KeyValuePair.Create(watcher.Visitor, all))
                : _watchers.TryUpdate(watcher.Visitor, others, all))
                return;
        }
    }

    private sealed class Watcher(ConversationChanges changes, VisitorId visitor, Action<ConversationId?> changed)
        : IDisposable
    {
        public VisitorId Visitor => visitor;

        public Action<ConversationId?> Changed => changed;

        public void Dispose() => changes.End(this);
    }
}
