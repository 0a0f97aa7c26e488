using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Audits;

/// <summary>
/// Keeps audits with the answers they are of, for the person who asked and nobody else. They go when their conversation
/// goes.
/// </summary>
public interface IAuditStore
{
    /// <summary>
    /// Audits of a conversation's answers, as far as there are any; none where it is not this visitor's.
    /// </summary>
    Task<ImmutableDictionary<GenerationId, Audit>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>Keeps an answer's audit in place of the one before; an empty one is none.</summary>
    /// <exception cref="ChatRefusedException">The answer is unknown or somebody else's, the audit is none that can be
    /// made, or the storage did not answer.</exception>
    Task SaveAsync(VisitorId visitor, GenerationId answer, Audit audit, CancellationToken cancellationToken);
}
