using System.Collections.Concurrent;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Copies the live journals to the database, all that changed in one transaction, at most <c>interval</c> after the change
/// and at once after an end. What the database refuses is kept and tried again: readers notice nothing.
/// </summary>
internal sealed class JournalWriter(ChatStore store, ILogger<JournalWriter> log, TimeSpan? interval = null) : IDisposable
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<GenerationJournal, byte> _journals = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly SemaphoreSlim _ended = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private bool _isFailing;

    /// <summary>Raised when the end of a journal is in the database.</summary>
    public event Action<GenerationJournal>? EndStored;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Keeps the journal current in the database until its end is there.</summary>
    public void Add(GenerationJournal journal)
    {
        _journals[journal] = 0;
        journal.Changed += OnChanged;
        OnChanged(journal);
    }

    /// <summary>Ends the loop after one more attempt to write.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        Flush();
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
                await _ended.WaitAsync(_isFailing ? 4 * _interval : _interval, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Flush()
    {
        var batches = _journals.Keys
            .Select(journal => (Journal: journal, Batch: journal.TakeUnstored()))
            .Where(pair => pair.Batch is not null)
            .ToList();
        if (batches.Count == 0) return;
        try
        {
            store.Write(batches.ConvertAll(pair => pair.Batch!));
            if (_isFailing) log.LogInformation("Answers are being stored again; nothing was lost.");
            _isFailing = false;
        }
        catch (Exception e) when (StorageFault.Of(e) is not null)
        {
            if (!_isFailing) log.LogError(e, "Answers cannot be stored; they go on and storing them is tried again.");
            _isFailing = true;
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
    }

    private void OnChanged(GenerationJournal journal)
    {
        Signal(_changed);
        if (journal.IsEnded) Signal(_ended);
    }

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
