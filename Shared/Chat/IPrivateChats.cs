using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Conversations that leave no trace: their questions, answers and pictures are in the server's memory and nowhere
/// else, and are gone when the person ends them or has closed their page for a few minutes.
/// </summary>
public interface IPrivateChats
{
    /// <summary>Whether this installation can promise that; not where answers are written on another machine.</summary>
    bool IsOffered { get; }

    /// <summary>
    /// Keeps a conversation alive while a page shows it; dispose it when the page is gone. Null where unknown or
    /// foreign.
    /// </summary>
    IDisposable? Hold(VisitorId visitor, ConversationId id);

    /// <summary>Takes a gallery picture into the conversation.</summary>
    /// <returns>Null where the gallery has no such file.</returns>
    /// <exception cref="ChatRefusedException">The conversation has ended, or is full.</exception>
    Task<ImageInfo?> TakeSampleAsync(
        VisitorId visitor, ConversationId id, string file, CancellationToken cancellationToken);
}
