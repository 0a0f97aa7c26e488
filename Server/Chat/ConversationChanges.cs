using System.Collections.Concurrent;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Who looks at which conversation, in this process. That is everybody: the process that keeps a conversation is the
/// one that serves its pages, whichever machine writes the answers.
/// </summary>
internal sealed class ConversationChanges : IConversationChanges
{
    private readonly ConcurrentDictionary<ConversationId, ImmutableArray<Watcher>> _watchers = new();

    public IDisposable Watch(ConversationId id, Action asked)
    {
        var watcher = new Watcher(this, id, asked);
        _watchers.AddOrUpdate(id, [watcher], (_, others) => others.Add(watcher));
        return watcher;
    }

    /// <summary>Tells those who look at this conversation that it has another question.</summary>
    public void Report(ConversationId id)
    {
        foreach (var watcher in _watchers.GetValueOrDefault(id, [])) watcher.Asked();
    }

    private void End(Watcher watcher)
    {
        while (_watchers.TryGetValue(watcher.Id, out var all))
        {
            var others = all.Remove(watcher);
            if (others.IsEmpty
                ? _watchers.TryRemove(KeyValuePair.Create(watcher.Id, all))
                : _watchers.TryUpdate(watcher.Id, others, all))
                return;
        }
    }

    private sealed class Watcher(ConversationChanges changes, ConversationId id, Action asked) : IDisposable
    {
        public ConversationId Id => id;

        public Action Asked => asked;

        public void Dispose() => changes.End(this);
    }
}
