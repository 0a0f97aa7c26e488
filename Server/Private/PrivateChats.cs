namespace Molmo.Demo.Server.Private;

/// <summary>
/// Which conversations leave no trace, whose they are, and how long they live. What they hold is kept by others, who
/// let it go at <see cref="Ended"/>.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PrivateChats(TimeProvider time)
{
    /// <summary>How long one lives without a page that shows it: a reload or a lost connection is shorter.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    /// <summary>Conversations of one visitor at a time; the one left longest makes room.</summary>
    private const int MostPerVisitor = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, Chat> _chats = [];

    /// <summary>
    /// Whether any can be begun: where answers are written elsewhere, they would leave a trace there.
    /// </summary>
    public bool IsOffered { get; set; }

    /// <summary>Raised with a conversation that is over, after which it is unknown.</summary>
    public event Action<ConversationId>? Ended;

    /// <summary>Begins an empty one.</summary>
    public ConversationId Begin(VisitorId visitor)
    {
        var id = ConversationId.New();
        ConversationId? tooMany = null;
        lock (_gate)
        {
            var own = _chats.Where(chat => chat.Value.Visitor == visitor && chat.Value.Holds == 0)
                .OrderBy(chat => chat.Value.LeftAt).ToList();
            if (own.Count >= MostPerVisitor) tooMany = own[0].Key;
            _chats.Add(id, new Chat(visitor) { LeftAt = time.GetTimestamp() });
        }
        if (tooMany is { } oldest) End(oldest);
        return id;
    }

    /// <summary>Whose it is; null where there is none.</summary>
    public VisitorId? OwnerOf(ConversationId id)
    {
        lock (_gate) return _chats.TryGetValue(id, out var chat) ? chat.Visitor : null;
    }

    /// <summary>Keeps it alive until disposed; null where unknown or foreign.</summary>
    public IDisposable? Hold(VisitorId visitor, ConversationId id)
    {
        lock (_gate)
        {
            if (!_chats.TryGetValue(id, out var chat) || chat.Visitor != visitor) return null;
            chat.Holds++;
            return new Holding(this, chat);
        }
    }

    /// <summary>Ends it.</summary>
    public void End(ConversationId id)
    {
        bool wasThere;
        lock (_gate) wasThere = _chats.Remove(id);
        if (wasThere) Ended?.Invoke(id);
    }

    /// <summary>Ends those that no page has shown for the grace.</summary>
    public void EndAbandoned()
    {
        List<ConversationId> abandoned;
        lock (_gate)
            abandoned = [
                .. _chats.Where(chat => chat.Value.Holds == 0 && time.GetElapsedTime(chat.Value.LeftAt) > Grace)
                    .Select(chat => chat.Key)];
        abandoned.ForEach(End);
    }

    private void Leave(Chat chat)
    {
        lock (_gate)
        {
            chat.Holds--;
            chat.LeftAt = time.GetTimestamp();
        }
    }

    private sealed class Chat(VisitorId visitor)
    {
        public VisitorId Visitor { get; } = visitor;
        public int Holds { get; set; }
        public long LeftAt { get; set; }
    }

    private sealed class Holding(PrivateChats chats, Chat chat) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0) chats.Leave(chat);
        }
    }
}
