namespace Molmo.Demo.Server.Chat;

/// <summary>
/// The numbered events of one answer while it is written, with its verbatim text. One writer, any number of readers,
/// each from its own number on and at its own pace; <see cref="JournalWriter"/> copies it to the database.
/// </summary>
internal sealed class GenerationJournal
{
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _entries = [];
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly TimeProvider _time;
    private TaskCompletionSource _changed = NewSignal();
    private string _rawWithoutEvent = "";
    private long _lastSeq;
    private bool _beginsEpoch;
    private int _readers;
    private long _unreadSince;

    public GenerationJournal(GenerationId id, TimeProvider time)
    {
        Id = id;
        _time = time;
        _unreadSince = time.GetTimestamp();
    }

    /// <summary>
    /// A journal as the database kept it when its process ended. The text may reach beyond the last event, into markup
    /// that was still open. More events may have been read than were kept, so that what is appended here begins a new
    /// epoch.
    /// </summary>
    public GenerationJournal(
        GenerationId id, TimeProvider time, IReadOnlyList<JournalEntry> entries, string text,
        IReadOnlyCollection<int>? tokens = null) : this(id, time)
    {
        if (tokens is not null) _tokens.AddRange(tokens);
        _entries.AddRange(entries);
        _text.Append(text);
        _lastSeq = entries is [.., var last] ? last.Event.Seq : 0;
        _beginsEpoch = true;
        StoredEntries = entries.Count;
        StoredText = text.Length;
        _rawWithoutEvent = text[Math.Min(text.Length, entries.Sum(e => e.Raw.Length))..];
    }

    public GenerationId Id { get; }

    /// <summary>Raised after each change, on the writer's thread.</summary>
    public event Action<GenerationJournal>? Changed;

    /// <summary>Entries and characters that are in the database. Only <see cref="JournalWriter"/> sets them.</summary>
    public int StoredEntries { get; set; }

    /// <inheritdoc cref="StoredEntries"/>
    public int StoredText { get; set; }

    /// <summary>Number of the last event, 0 before the first.</summary>
    public long LastSeq
    {
        get { lock (_gate) return _lastSeq; }
    }

    /// <summary>Whether the last event is there.</summary>
    public bool IsEnded
    {
        get { lock (_gate) return EndedInGate; }
    }

    /// <summary>The verbatim answer so far.</summary>
    public string Text
    {
        get { lock (_gate) return _text.ToString(); }
    }

    /// <summary>Whether the database has all of it.</summary>
    public bool IsStored
    {
        get { lock (_gate) return _entries.Count == StoredEntries && _text.Length == StoredText; }
    }

    /// <summary>Entries that the database lacks.</summary>
    public int UnstoredEntries
    {
        get { lock (_gate) return _entries.Count - StoredEntries; }
    }

    /// <summary>The tokens of the text, as far as its writer gave them.</summary>
    public ImmutableArray<int> Tokens
    {
        get { lock (_gate) return [.. _tokens]; }
    }

    /// <summary>Whether someone is reading.</summary>
    public bool IsRead
    {
        get { lock (_gate) return _readers > 0; }
    }

    /// <summary>How long nobody has been reading; zero while someone is.</summary>
    public TimeSpan UnreadFor
    {
        get { lock (_gate) return _readers > 0 ? TimeSpan.Zero : _time.GetElapsedTime(_unreadSince); }
    }

    private bool EndedInGate => _entries is [.., { Event.IsLast: true }];

    /// <summary>
    /// Numbers and keeps events, of which the first carries the verbatim text they came from. Nothing follows the last
    /// event.
    /// </summary>
    /// <param name="events">What is new; their numbers are given here.</param>
    /// <param name="raw">The verbatim text they came from.</param>
    /// <param name="tokens">The tokens of that text, so that an answer that ends early can go on exactly.</param>
    /// <returns>False where the journal had ended: nothing was kept.</returns>
    public bool Append(IReadOnlyList<GenerationEvent> events, string raw = "", IReadOnlyCollection<int>? tokens = null)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            if (EndedInGate) return false;
            _text.Append(raw);
            _rawWithoutEvent += raw;
            if (tokens is not null) _tokens.AddRange(tokens);
            foreach (var e in events)
            {
                _lastSeq = _beginsEpoch ? EventNumbers.NextEpoch(_lastSeq) : _lastSeq + 1;
                _beginsEpoch = false;
                _entries.Add(new JournalEntry(e with { Seq = _lastSeq }, _rawWithoutEvent));
                _rawWithoutEvent = "";
                if (e.IsLast) break;
            }
            (signal, _changed) = (_changed, NewSignal());
        }
        Announce(signal);
        return true;
    }

    /// <inheritdoc cref="Append(IReadOnlyList{GenerationEvent}, string, IReadOnlyCollection{int})"/>
    public bool Append(GenerationEvent e) => Append([e]);

    /// <summary>
    /// Keeps an entry of another machine's journal under the number it has there. One that is here already is left
    /// alone.
    /// </summary>
    /// <exception cref="InvalidOperationException">Entries between this one and the last are missing.</exception>
    public void Mirror(JournalEntry entry)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            if (entry.Event.Seq <= _lastSeq || EndedInGate) return;
            if (entry.Event.Seq > _lastSeq + 1)
                throw new InvalidOperationException($"Event {entry.Event.Seq} of {Id} came after {_lastSeq}.");
            _lastSeq = entry.Event.Seq;
            _text.Append(entry.Raw);
            _entries.Add(entry with { Raw = _rawWithoutEvent + entry.Raw });
            _rawWithoutEvent = "";
            (signal, _changed) = (_changed, NewSignal());
        }
        Announce(signal);
    }

    /// <summary>
    /// Everything from number <paramref name="fromSeq"/> on, until the last event, as <see cref="From"/> says. Reading
    /// holds nothing up.
    /// </summary>
    public async IAsyncEnumerable<JournalEntry> ReadAsync(
        long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (_gate) _readers++;
        try
        {
            for (var next = Math.Max(1, fromSeq); ;)
            {
                var (entries, ended, changed) = TakeFrom(next);
                foreach (var entry in entries)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return entry;
                }
                if (ended) yield break;
                if (entries is [.., var last]) next = last.Event.Seq + 1;
                else await changed.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            lock (_gate)
            {
                _readers--;
                _unreadSince = _time.GetTimestamp();
            }
        }
    }

    /// <summary>What is there of it from a number on, as <see cref="From"/> says.</summary>
    public IReadOnlyList<JournalEntry> EntriesFrom(long fromSeq) => TakeFrom(fromSeq).Entries;

    /// <summary>Events and text as of one moment.</summary>
    public (IReadOnlyList<GenerationEvent> Events, string Text) Snapshot()
    {
        lock (_gate) return (_entries.ConvertAll(entry => entry.Event), _text.ToString());
    }

    /// <summary>The last event; null while more may come.</summary>
    public GenerationEvent? EndOf()
    {
        lock (_gate) return EndedInGate ? _entries[^1].Event : null;
    }

    /// <summary>What the database lacks; null where nothing.</summary>
    public JournalBatch? TakeUnstored()
    {
        lock (_gate)
        {
            if (_entries.Count == StoredEntries && _text.Length == StoredText) return null;
            return new JournalBatch(
                Id, StoredEntries, _entries[StoredEntries..].ToArray(), _text.ToString(), EndedInGate)
            {
                Tokens = [.. _tokens]
            };
        }
    }

    /// <summary>
    /// What a reader is given who asks for a number and what follows. One whose last number is not among the entries
    /// was told things that a crash took away, or is beyond the end: it is given the end alone.
    /// </summary>
    /// <param name="entries">In their order; those before the number asked for may be missing but for the last of
    /// them.</param>
    /// <param name="fromSeq">Number after the last one read; 1 from the beginning.</param>
    public static IReadOnlyList<JournalEntry> From(IReadOnlyList<JournalEntry> entries, long fromSeq)
    {
        if (entries is not [.., var last]) return [];
        var start = IndexOf(entries, fromSeq);
        var isKnown = fromSeq <= 1 || (start > 0 && entries[start - 1].Event.Seq == fromSeq - 1);
        if (isKnown) return [.. entries.Skip(start)];
        return last.Event.IsLast ? [last] : [];
    }

    /// <summary>Index of the first entry with this number or a higher one.</summary>
    private static int IndexOf(IReadOnlyList<JournalEntry> entries, long seq)
    {
        var (low, high) = (0, entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].Event.Seq < seq) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private (IReadOnlyList<JournalEntry> Entries, bool Ended, Task Changed) TakeFrom(long seq)
    {
        lock (_gate) return (From(_entries, seq), EndedInGate, _changed.Task);
    }

    private void Announce(TaskCompletionSource signal)
    {
        signal.SetResult();
        Changed?.Invoke(this);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Entries that follow the first <paramref name="After"/>, with the whole text as of the last of them.
/// </summary>
internal sealed record JournalBatch(
    GenerationId Id, int After, IReadOnlyList<JournalEntry> Entries, string Text, bool IsEnded)
{
    /// <summary>Tokens of the text, as far as they are known.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];
}
