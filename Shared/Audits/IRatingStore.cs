using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Audits;

/// <summary>
/// Keeps ratings with the answers they are of, for the person who asked and nobody else. They go when their
/// conversation goes.
/// </summary>
public interface IRatingStore
{
    /// <summary>
    /// Ratings of a conversation's answers, as far as there are any; none where it is not this visitor's.
    /// </summary>
    Task<ImmutableDictionary<GenerationId, Rating>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>Keeps an answer's rating in place of the one before; null takes it back.</summary>
    /// <exception cref="ChatRefusedException">The answer is unknown or somebody else's, or the storage did not answer.
    /// </exception>
    Task SaveAsync(VisitorId visitor, GenerationId answer, Rating? rating, CancellationToken cancellationToken);
}
