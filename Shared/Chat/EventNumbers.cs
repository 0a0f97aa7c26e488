namespace Molmo.Demo.Shared.Chat;

/// <summary>How the events of one answer are numbered, so that no number ever names two of them.</summary>
/// <remarks>
/// A server that is killed has handed out numbers that its database does not know. What is said of the answer
/// afterwards takes numbers far beyond those: it begins a new epoch.
/// </remarks>
public static class EventNumbers
{
    /// <summary>Numbers of an epoch, many times more than any answer has events.</summary>
    public const long Epoch = 1_000_000_000;

    /// <summary>First number of the epoch after a number.</summary>
    public static long NextEpoch(long last) => (last / Epoch + 1) * Epoch;

    /// <summary>Whether an event can come right after another: it has the next number, or begins an epoch.</summary>
    /// <param name="seq">Its number.</param>
    /// <param name="last">The number before; 0 before the first.</param>
    public static bool Follows(long seq, long last) => seq == last + 1 || (seq > last && seq % Epoch == 0);
}
