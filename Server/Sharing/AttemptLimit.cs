using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// How often a link's passphrase may be tried. Counted for the link and not for the reader, who could come from anywhere:
/// whoever guesses at a link can hold up its readers for a few minutes, but not find the words.
/// </summary>
internal sealed class AttemptLimit(TimeProvider time)
{
    /// <summary>Tries within <see cref="Window"/>.</summary>
    public const int Tries = 10;

    private const int PruneAbove = 1000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ShareId, Queue<long>> _tried = [];

    /// <summary>Takes one try; false where there is none left now.</summary>
    /// <param name="id">The link.</param>
    /// <param name="retryAfter">Where refused: when the next try is free.</param>
    public bool TryTake(ShareId id, out TimeSpan retryAfter)
    {
        lock (_tried)
        {
            var now = time.GetTimestamp();
            if (_tried.Count >= PruneAbove) Prune(now);
            if (!_tried.TryGetValue(id, out var tries)) _tried[id] = tries = new Queue<long>();
            while (tries.Count > 0 && time.GetElapsedTime(tries.Peek(), now) >= Window) tries.Dequeue();
            retryAfter = tries.Count < Tries ? TimeSpan.Zero : Window - time.GetElapsedTime(tries.Peek(), now);
            if (tries.Count >= Tries) return false;
            tries.Enqueue(now);
            return true;
        }
    }

    /// <summary>Forgets the tries of a link whose words were found.</summary>
    public void Clear(ShareId id)
    {
        lock (_tried) _tried.Remove(id);
    }

    private void Prune(long now)
    {
        foreach (var (id, tries) in _tried)
            if (tries.Count == 0 || time.GetElapsedTime(tries.Last(), now) >= Window) _tried.Remove(id);
    }
}
