namespace Molmo.Demo.Server.Storage;

/// <summary>
/// Whether what is written reaches the disk, as those who write have found. Each of them takes its own trouble back;
/// the log tells the first of many failures and the end of all, so that no visitor can fill it.
/// </summary>
internal sealed class StorageHealth(ILogger<StorageHealth> log)
{
    /// <summary>
    /// All requests together: <see cref="StorageProbe"/> takes their trouble back, since none of them comes again to
    /// do so.
    /// </summary>
    public static readonly object Requests = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<object, StorageFault> _troubles = [];
    private DatabaseDamaged? _damage;

    /// <summary>Raised with each write that failed.</summary>
    public event Action<StorageFault>? Failed;

    /// <summary>What is wrong; null while all is well.</summary>
    public Fact? Trouble
    {
        get
        {
            lock (_gate) return _damage ?? (_troubles.Count > 0 ? FactOf(_troubles.Values.First()) : null);
        }
    }

    /// <summary>Whether this one's last write failed.</summary>
    public bool IsTroubled(object who)
    {
        lock (_gate) return _troubles.ContainsKey(who);
    }

    /// <summary>A write of a request failed.</summary>
    public void Report(Exception e) => Report(Requests, e);

    /// <summary>A write failed.</summary>
    /// <param name="who">Who wrote, and will say when it works again.</param>
    /// <param name="e">How.</param>
    public void Report(object who, Exception e)
    {
        var fault = StorageFault.Of(e) ?? StorageFault.Failed;
        bool isFirst;
        lock (_gate)
        {
            isFirst = _troubles.Count == 0;
            _troubles[who] = fault;
        }
        if (isFirst)
            log.LogError(
                e, "The storage fails ({Fault}). What cannot be written is kept in memory and tried again, or refused.",
                fault);
        Failed?.Invoke(fault);
    }

    /// <summary>This one's writes work again.</summary>
    public void Recovered(object who)
    {
        lock (_gate)
        {
            if (!_troubles.Remove(who) || _troubles.Count > 0) return;
        }
        log.LogInformation("The storage works again.");
    }

    /// <summary>
    /// The database was found to be damaged while it is in use. Only a start with another one ends that.
    /// </summary>
    public void ReportDamage(string finding)
    {
        lock (_gate)
            _damage = new DatabaseDamaged(finding);
        log.LogCritical(
            "The database is damaged ({Finding}). Stop the server, keep the data folder, and restore a backup of it.",
            finding);
    }

    private static Fact FactOf(StorageFault fault) => fault switch
    {
        StorageFault.Full => new StorageFull(),
        StorageFault.ReadOnly => new StorageReadOnly(),
        StorageFault.Locked => new StorageLocked(),
        _ => new StorageFailing(),
    };
}
