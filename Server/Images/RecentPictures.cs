namespace Molmo.Demo.Server.Images;

/// <summary>
/// The pictures used last, in one form of theirs, within a bound of memory. For any number of threads.
/// </summary>
/// <param name="limit">Bytes of all together; what is larger alone is not kept.</param>
/// <param name="bytesOf">What one takes.</param>
internal sealed class RecentPictures<TKey, T>(long limit, Func<T, long> bytesOf)
    where TKey : notnull
    where T : class
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, T Picture)>> _byKey = [];
    private readonly LinkedList<(TKey Key, T Picture)> _recent = [];
    private long _bytes;

    /// <summary>What they take together.</summary>
    public long Bytes
    {
        get { lock (_recent) return _bytes; }
    }

    public T? Find(TKey key)
    {
        lock (_recent)
        {
            if (!_byKey.TryGetValue(key, out var node)) return null;
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Picture;
        }
    }

    /// <summary>Keeps one, and lets go those that were not used for longest.</summary>
    /// <returns>The one to use: another that was kept meanwhile comes first.</returns>
    public T Add(TKey key, T picture)
    {
        lock (_recent)
        {
            if (Find(key) is { } known) return known;
            if (bytesOf(picture) > limit) return picture;
            _byKey[key] = _recent.AddFirst((key, picture));
            _bytes += bytesOf(picture);
            while (_bytes > limit) Forget(_recent.Last!.Value.Key);
            return picture;
        }
    }

    public void Remove(TKey key)
    {
        lock (_recent) Forget(key);
    }

    /// <summary>Lets go all whose key is such.</summary>
    /// <returns>They.</returns>
    public IReadOnlyList<T> RemoveAll(Func<TKey, bool> isSuch)
    {
        lock (_recent)
        {
            var such = _byKey.Where(entry => isSuch(entry.Key)).Select(entry => entry.Value.Value).ToList();
            foreach (var (key, _) in such) Forget(key);
            return [.. such.Select(entry => entry.Picture)];
        }
    }

    private void Forget(TKey key)
    {
        if (!_byKey.Remove(key, out var node)) return;
        _recent.Remove(node);
        _bytes -= bytesOf(node.Value.Picture);
    }
}
