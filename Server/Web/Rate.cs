namespace Molmo.Demo.Server.Web;

/// <summary>
/// How often something may be done for one key, such as a visitor: <paramref name="count"/> times within any
/// <paramref name="window"/>.
/// </summary>
/// <remarks>Counts by a monotonic clock, so that a change of the wall clock neither frees nor blocks anybody.</remarks>
internal class Rate<TKey>(TimeProvider time, int count, TimeSpan window) where TKey : notnull
{
    private const int PruneAbove = 10_000;

    private readonly Dictionary<TKey, Queue<long>> _taken = [];

    /// <summary>Takes one of the key's turns; false where there is none left now.</summary>
    /// <param name="key">For whom, or for what.</param>
    /// <param name="retryAfter">Where refused: when the next turn is free.</param>
    public bool TryTake(TKey key, out TimeSpan retryAfter)
    {
        lock (_taken)
        {
            var now = time.GetTimestamp();
            if (_taken.Count >= PruneAbove) Prune(now);
            if (!_taken.TryGetValue(key, out var turns)) _taken[key] = turns = new Queue<long>();
            while (turns.Count > 0 && time.GetElapsedTime(turns.Peek(), now) >= window) turns.Dequeue();
            retryAfter = turns.Count < count ? TimeSpan.Zero : window - time.GetElapsedTime(turns.Peek(), now);
            if (turns.Count >= count) return false;
            turns.Enqueue(now);
            return true;
        }
    }

    /// <summary>Forgets the turns that were taken.</summary>
    public void Clear(TKey key)
    {
        lock (_taken) _taken.Remove(key);
    }

    private void Prune(long now)
    {
        foreach (var (key, turns) in _taken)
            if (turns.Count == 0 || time.GetElapsedTime(turns.Last(), now) >= window) _taken.Remove(key);
    }
}

/// <summary>
/// How often a secret may be tried. That of a link is counted for the link and not for the reader, who could come from
/// anywhere: whoever guesses at a link can hold up its readers for a few minutes, but not find the words.
/// </summary>
internal sealed class AttemptLimit(TimeProvider time) : Rate<string>(time, Tries, TimeSpan.FromMinutes(5))
{
    /// <summary>Tries within five minutes.</summary>
    public const int Tries = 10;
}
