namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>A chat service that answers what the test writes, when the test writes it.</summary>
internal sealed class FakeChat : IChatService, IConversationStore, IConversationChanges, IAnswerTexts
{
    private readonly Dictionary<GenerationId, FakeAnswer> _answers = [];
    private readonly Dictionary<ConversationId, StoredConversation> _conversations = [];

    /// <summary>All questions accepted.</summary>
    public List<Question> Questions { get; } = [];

    /// <summary>Thrown at the next question, once.</summary>
    public Exception? NextRefusal { get; set; }

    /// <summary>Called with each accepted question.</summary>
    public Action<Question, FakeAnswer>? Answering { get; set; }

    public QueueStatus Status { get; set; } = new(0, 0, null, Ready: true, null);

    public FakeAnswer Last => _answers[LastId];

    public GenerationId LastId { get; private set; }

    public FakeAnswer Add(GenerationId id)
    {
        LastId = id;
        return _answers[id] = new FakeAnswer();
    }

    public void Store(StoredConversation conversation) => _conversations[conversation.Id] = conversation;

    public Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken)
    {
        RefuseIfDue();
        Questions.Add(question);
        var id = GenerationId.New();
        var answer = Add(id);
        Answering?.Invoke(question, answer);
        return Task.FromResult(id);
    }

    /// <summary>Called when another page has changed a conversation.</summary>
    public List<Action<ConversationId?>> Watchers { get; } = [];

    public IDisposable Watch(VisitorId visitor, Action<ConversationId?> changed)
    {
        Watchers.Add(changed);
        return new CancellationTokenSource();
    }

    public IAsyncEnumerable<GenerationEvent> ReadAsync(
        VisitorId visitor, GenerationId id, long fromSeq, CancellationToken cancellationToken)
        => _answers.TryGetValue(id, out var answer)
            ? answer.ReadAsync(fromSeq, cancellationToken)
            : throw new ChatRefusedException(ChatFault.Unknown, new EarlierWords("Unknown answer."));

    public Task StopAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
    {
        _answers[id].End(EndReason.Stopped);
        return Task.CompletedTask;
    }

    /// <summary>Photos that were to be looked at, and what ends that.</summary>
    public List<(ConversationId Conversation, ImageId Image, CancellationToken End)> Looks { get; } = [];

    public Task LookAsync(
        VisitorId visitor, ConversationId conversation, ImageId image, CancellationToken cancellationToken)
    {
        Looks.Add((conversation, image, cancellationToken));
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken) => Task.FromResult(Status);

    /// <summary>Verbatim texts by answer.</summary>
    public Dictionary<GenerationId, string> Texts { get; } = [];

    public Task<string?> FindTextAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
        => Task.FromResult(Texts.GetValueOrDefault(id));

    public Task<StoredConversation?> FindAsync(
        VisitorId visitor, ConversationId id, CancellationToken cancellationToken)
        => Task.FromResult(_conversations.GetValueOrDefault(id));

    /// <summary>What changed stored conversations, in words.</summary>
    public List<string> Changes { get; } = [];

    public Task<ImmutableArray<ConversationEntry>> ListAsync(
        VisitorId visitor, string? search, int count, CancellationToken cancellationToken)
        => Task.FromResult<ImmutableArray<ConversationEntry>>([.. _conversations.Values
            .Where(stored => stored.Title.Contains(search ?? "", StringComparison.OrdinalIgnoreCase)).Take(count)
            .Select(stored => new ConversationEntry(stored.Id, stored.Title, DateTimeOffset.UnixEpoch,
                stored.Turns is [{ Image: { } image }, ..] ? image.Id : null,
                IsRunning: stored.Turns.Any(turn => !turn.IsEnded)))]);

    public Task<bool> RenameAsync(
        VisitorId visitor, ConversationId id, string title, CancellationToken cancellationToken)
    {
        _conversations[id] = _conversations[id] with { Title = title };
        return Change($"rename {title}");
    }

    public Task<bool> ShowAsync(VisitorId visitor, ConversationId id, GenerationId leaf,
        CancellationToken cancellationToken) => Change($"show {leaf}");

    public Task<bool> DeleteAsync(VisitorId visitor, ConversationId id, CancellationToken cancellationToken)
    {
        RefuseIfDue();
        _conversations.Remove(id);
        return Change($"delete {id}");
    }

    public Task<bool> DeleteAnswerAsync(
        VisitorId visitor, ConversationId id, GenerationId answer, CancellationToken cancellationToken)
    {
        var stored = _conversations[id];
        var left = stored.Turns.RemoveAll(turn => turn.Id == answer);
        if (left.IsEmpty) _conversations.Remove(id);
        else _conversations[id] = stored with { Turns = left };
        return Change($"delete answer {answer}");
    }

    public Task<int> DeleteAllAsync(VisitorId visitor, CancellationToken cancellationToken)
    {
        var count = _conversations.Count;
        _conversations.Clear();
        Changes.Add("delete all");
        return Task.FromResult(count);
    }

    private void RefuseIfDue()
    {
        if (NextRefusal is not { } refusal) return;
        NextRefusal = null;
        throw refusal;
    }

    private Task<bool> Change(string what)
    {
        Changes.Add(what);
        return Task.FromResult(true);
    }
}

/// <summary>The journal of one answer in memory; readers wait at its end, and can be cut.</summary>
internal sealed class FakeAnswer
{
    private readonly List<GenerationEvent> _events = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cuts;
    private int _delivered;

    public static EngineStamp Stamp { get; } = new(
        "molmo-tiny", "3f2a91c0ffee", "float32", new CpuVectors(512, 2), "1.0", SamplingChoice.Greedy);

    /// <summary>Events that readers have taken and gone on from.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Where readers began.</summary>
    public List<long> Reads { get; } = [];

    public FakeAnswer Queue(int position, double? seconds) => Write(seq => new Queued(seq, position, seconds));

    public FakeAnswer Start(int width = 800, int height = 600)
        => Write(seq => new Started(seq, Stamp, new SentImage(width, height, 3, 200)));

    public FakeAnswer Text(string text) => Write(seq => new TextDelta(seq, text));

    public FakeAnswer Point(int group, int n, double x, double y) => Write(seq => new PointFound(seq, group, n, x, y));

    public FakeAnswer EndGroup(int group, string text, string alt)
        => Write(seq => new PointGroupEnded(seq, group, text, alt));

    public FakeAnswer End(EndReason reason = EndReason.Finished)
        => Write(seq => new Ended(seq, reason, new TokenUsage(250, 41), new GenerationTimings(1, 20, 150, 900, 200)));

    public FakeAnswer Fail(string message)
        => Write(seq => new Failed(seq, "engine_failed", new EarlierWords(message), Retryable: true));

    public FakeAnswer Write(Func<long, GenerationEvent> next)
    {
        TaskCompletionSource more;
        lock (_events)
        {
            if (_events is [.., { IsLast: true }]) return this;
            _events.Add(next(_events.Count + 1));
            more = Renew();
        }
        more.SetResult();
        return this;
    }

    /// <summary>Breaks every reader's stream once it has read what is there.</summary>
    public void Cut()
    {
        TaskCompletionSource more;
        lock (_events)
        {
            _cuts++;
            more = Renew();
        }
        more.SetResult();
    }

    public async IAsyncEnumerable<GenerationEvent> ReadAsync(
        long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = (int)fromSeq - 1;
        int cuts;
        lock (_events)
        {
            Reads.Add(fromSeq);
            cuts = _cuts;
        }
        while (true)
        {
            GenerationEvent? e = null;
            Task more;
            lock (_events)
            {
                if (next < _events.Count) e = _events[next++];
                else if (cuts != _cuts) throw new IOException("The connection was cut.");
                more = _more.Task;
            }
            if (e is null)
            {
                await more.WaitAsync(cancellationToken);
                continue;
            }
            yield return e;
            Interlocked.Increment(ref _delivered);
            if (e.IsLast) yield break;
        }
    }

    private TaskCompletionSource Renew()
    {
        var old = _more;
        _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return old;
    }
}
