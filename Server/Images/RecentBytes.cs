namespace Molmo.Demo.Server.Images;

/// <summary>Small pictures that are made when first asked for and kept in memory, the most recent ones.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class RecentBytes<TKey>(int most) : IDisposable where TKey : notnull
{
    private readonly Dictionary<TKey, byte[]> _made = [];
    private readonly Queue<TKey> _order = new();
    // One at a time: making one takes a core for a while, and questions need the cores.
    private readonly SemaphoreSlim _making = new(1, 1);

    /// <summary>The one that is kept; else what is made now, which says itself whether it is kept.</summary>
    public async Task<byte[]?> FindAsync(TKey key, Func<Task<byte[]?>> make, CancellationToken cancellationToken)
    {
        if (Known(key) is { } known) return known;
        await _making.WaitAsync(cancellationToken);
        try
        {
            return Known(key) ?? await make();
        }
        finally
        {
            _making.Release();
        }
    }

    public void Keep(TKey key, byte[] bytes)
    {
        lock (_made)
        {
            if (_made.TryAdd(key, bytes)) _order.Enqueue(key);
            while (_made.Count > most && _order.TryDequeue(out var oldest)) _made.Remove(oldest);
        }
    }

    public void Forget(TKey key)
    {
        lock (_made) _made.Remove(key);
    }

    public void Dispose() => _making.Dispose();

    private byte[]? Known(TKey key)
    {
        lock (_made) return _made.GetValueOrDefault(key);
    }
}
