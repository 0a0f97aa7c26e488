using System.Collections.Concurrent;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Copies the live journals to the database, all that changed in one transaction, at most <c>interval</c> after the
/// change and at once after an end. What the database refuses is kept in memory and tried again: answers go on, and
/// their pages are told that they are not kept.
/// </summary>
internal sealed class JournalWriter(
    JournalTable table, StorageHealth health, ILogger<JournalWriter> log, TimeSpan? interval = null)
    : IAnswerKeeping, IStoredAnswers, IDisposable
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<GenerationJournal, ConversationId> _journals = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly SemaphoreSlim _ended = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource _flushed = NewSignal();
    private StorageFault? _fault;

    /// <summary>Raised when the end of a journal is in the database.</summary>
    public event Action<GenerationJournal>? EndStored;

    public event Action? Changed;

    /// <summary>Events that are in memory only.</summary>
    public int Unstored => _journals.Keys.Sum(journal => journal.UnstoredEntries);

    public StorageFault? TroubleOf(GenerationId id)
        => _fault is { } fault && _journals.Keys.Any(journal => journal.Id == id && !journal.IsStored) ? fault : null;

    public Task StoredAsync(ConversationId conversation, CancellationToken cancellationToken)
        => StoredAsync(pair => pair.Value == conversation, cancellationToken);

    public Task StoredAsync(GenerationId id, CancellationToken cancellationToken)
        => StoredAsync(pair => pair.Key.Id == id, cancellationToken);

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Keeps the journal current in the database until its end is there.</summary>
    /// <param name="conversation">Whose answer it is.</param>
    /// <param name="journal">Its events.</param>
    public void Add(ConversationId conversation, GenerationJournal journal)
    {
        _journals[journal] = conversation;
        journal.Changed += OnChanged;
        OnChanged(journal);
    }

    /// <summary>Ends the loop after one more attempt to write.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        Flush();
        if (_fault is not null && Unstored is > 0 and var lost)
            log.LogError("{Count} events of answers could not be stored before the end and are lost.", lost);
    }

    public void Dispose()
    {
        _changed.Dispose();
        _ended.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(_stop.Token);
                Flush();
                await _ended.WaitAsync(_fault is null ? _interval : 4 * _interval, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task StoredAsync(
        Func<KeyValuePair<GenerationJournal, ConversationId>, bool> isMeant, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before looking: what is stored meanwhile completes this one.
            var flushed = _flushed.Task;
            if (_fault is not null || !_journals.Any(pair => isMeant(pair) && pair.Key.IsEnded)) return;
            await flushed.WaitAsync(cancellationToken);
        }
    }

    private void Flush()
    {
        Write();
        Interlocked.Exchange(ref _flushed, NewSignal()).SetResult();
    }

    private void Write()
    {
        var batches = _journals.Keys
            .Select(journal => (Journal: journal, Batch: journal.TakeUnstored()))
            .Where(pair => pair.Batch is not null)
            .ToList();
        if (batches.Count == 0) return;
        try
        {
            table.Write(batches.ConvertAll(pair => pair.Batch!));
        }
        catch (Exception e) when (StorageFault.Of(e) is { } fault)
        {
            _fault = fault;
            health.Report(this, e);
            Changed?.Invoke();
            Signal(_changed);
            return;
        }
        foreach (var (journal, batch) in batches)
        {
            journal.StoredEntries = batch!.After + batch.Entries.Count;
            journal.StoredText = batch.Text.Length;
            if (!batch.IsEnded) continue;
            journal.Changed -= OnChanged;
            _journals.TryRemove(journal, out _);
            EndStored?.Invoke(journal);
        }
        if (_fault is null) return;
        _fault = null;
        health.Recovered(this);
        Changed?.Invoke();
    }

    private void OnChanged(GenerationJournal journal)
    {
        Signal(_changed);
        if (journal.IsEnded) Signal(_ended);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Signal(SemaphoreSlim semaphore)
    {
        try
        {
            semaphore.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Full: already signalled. Disposed: the host is ending and has written for the last time.
        }
    }
}
