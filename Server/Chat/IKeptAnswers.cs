namespace Molmo.Demo.Server.Chat;

/// <summary>Tells readers of the database when it has what pages have seen already.</summary>
internal interface IKeptAnswers
{
    /// <summary>
    /// Completes when every ended answer of a conversation is in the database, and at once where the storage fails.
    /// Answers that are still being written are not waited for.
    /// </summary>
    Task StoredAsync(ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The same of one answer.</summary>
    Task StoredAsync(GenerationId id, CancellationToken cancellationToken);
}
