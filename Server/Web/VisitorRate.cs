namespace Molmo.Demo.Server.Web;

/// <summary>How often one visitor may do something: <paramref name="count"/> times within any <paramref name="window"/>.</summary>
/// <remarks>Counts by a monotonic clock, so that a change of the wall clock neither frees nor blocks anybody.</remarks>
internal sealed class VisitorRate(TimeProvider time, int count, TimeSpan window)
{
    private const int PruneAbove = 10_000;

    private readonly Dictionary<VisitorId, Queue<long>> _taken = [];

    /// <summary>Takes one of the visitor's turns.</summary>
    /// <param name="visitor">Who.</param>
    /// <param name="retryAfter">Where refused: when the next turn is free.</param>
    public bool TryTake(VisitorId visitor, out TimeSpan retryAfter)
    {
        lock (_taken)
        {
            var now = time.GetTimestamp();
            if (_taken.Count >= PruneAbove) Prune(now);
            if (!_taken.TryGetValue(visitor, out var turns)) _taken[visitor] = turns = new Queue<long>();
            while (turns.Count > 0 && time.GetElapsedTime(turns.Peek(), now) >= window) turns.Dequeue();
            retryAfter = turns.Count < count ? TimeSpan.Zero : window - time.GetElapsedTime(turns.Peek(), now);
            if (turns.Count >= count) return false;
            turns.Enqueue(now);
            return true;
        }
    }

    private void Prune(long now)
    {
        foreach (var (visitor, turns) in _taken)
            if (turns.Count == 0 || time.GetElapsedTime(turns.Last(), now) >= window) _taken.Remove(visitor);
    }
}
