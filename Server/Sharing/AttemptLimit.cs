namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// How often a secret may be tried. That of a link is counted for the link and not for the reader, who could come from anywhere:
/// whoever guesses at a link can hold up its readers for a few minutes, but not find the words.
/// </summary>
internal sealed class AttemptLimit(TimeProvider time)
{
    /// <summary>Tries within <see cref="Window"/>.</summary>
    public const int Tries = 10;

    private const int PruneAbove = 1000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Queue<long>> _tried = [];

    /// <summary>Takes one try; false where there is none left now.</summary>
    /// <param name="id">The link, or what else is tried at.</param>
    /// <param name="retryAfter">Where refused: when the next try is free.</param>
    public bool TryTake(string id, out TimeSpan retryAfter)
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

    /// <summary>Forgets the tries where the secret was found.</summary>
    public void Clear(string id)
    {
        lock (_tried) _tried.Remove(id);
    }

    /// <summary>As a header says it.</summary>
    public static string Seconds(TimeSpan retryAfter) => Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private void Prune(long now)
    {
        foreach (var (id, tries) in _tried)
            if (tries.Count == 0 || time.GetElapsedTime(tries.Last(), now) >= Window) _tried.Remove(id);
    }
}
