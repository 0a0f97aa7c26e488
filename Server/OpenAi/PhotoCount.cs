using System.Security.Cryptography;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// How many photos a program sends. It sends its whole conversation with each question, so the photo comes again with
/// every turn; it counts with the first.
/// </summary>
internal sealed class PhotoCount(TimeProvider time, int perMinute)
{
    private const int MostKnown = 10_000;

    private readonly Rate<VisitorId> _rate = new(time, perMinute, TimeSpan.FromMinutes(1));
    private readonly Lock _gate = new();
    private readonly HashSet<(VisitorId, string)> _known = [];

    /// <summary>Counts one; false where the visitor sent as many as are allowed.</summary>
    /// <param name="visitor">Who sends.</param>
    /// <param name="file">The photo as it came.</param>
    /// <param name="isFirstTurn">Whether the conversation begins with it.</param>
    /// <param name="retryAfter">Where refused: when the next may come.</param>
    public bool TryTake(VisitorId visitor, ReadOnlySpan<byte> file, bool isFirstTurn, out TimeSpan retryAfter)
    {
        var photo = (visitor, Convert.ToHexString(SHA256.HashData(file)));
        retryAfter = TimeSpan.Zero;
        lock (_gate)
        {
            if (!isFirstTurn && _known.Contains(photo)) return true;
            if (!_rate.TryTake(visitor, out retryAfter)) return false;
            // Whoever is forgotten is counted once more, which costs nobody a conversation.
            if (_known.Count >= MostKnown) _known.Clear();
            _known.Add(photo);
            return true;
        }
    }
}
