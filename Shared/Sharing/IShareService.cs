using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Sharing;

/// <summary>A link as its maker sees it.</summary>
/// <param name="Id">The link.</param>
/// <param name="Conversation">What it is a copy of.</param>
/// <param name="Title">Its first question.</param>
/// <param name="Turns">Answers it holds.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself; null for never.</param>
/// <param name="Views">How often others opened it; programs that only fetch a preview are not counted.</param>
/// <param name="HasPassphrase">Whether readers must know one.</param>
/// <param name="ShowsPhotoInPreview">Whether the preview has the photo on it.</param>
/// <param name="IsBlurred">Whether parts of its pictures are hidden.</param>
public sealed record ShareSummary(
    ShareId Id, ConversationId Conversation, string Title, int Turns, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, long Views, bool HasPassphrase, bool ShowsPhotoInPreview, bool IsBlurred);

/// <summary>Makes, reads and withdraws links.</summary>
public interface IShareService
{
    /// <summary>How long a link works where its maker chooses nothing.</summary>
    ShareLifetime UsualLifetime { get; }

    /// <summary>Copies the conversation's ended turns into a new link.</summary>
    /// <exception cref="ChatRefusedException">Unknown conversation, nothing to share yet, a choice out of range, or too
    /// many links today.</exception>
    Task<ShareId> CreateAsync(
        VisitorId visitor, ConversationId conversation, ShareChoice choice, CancellationToken cancellationToken);

    /// <summary>
    /// The copy, null where unknown, withdrawn or expired. The caller has checked that the reader knows the passphrase.
    /// </summary>
    Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken);

    /// <summary>All links of this visitor that are live, newest first.</summary>
    Task<IReadOnlyList<ShareSummary>> ListAsync(VisitorId visitor, CancellationToken cancellationToken);

    /// <summary>Changes how a link may be read. False where it is not this visitor's, or gone.</summary>
    /// <exception cref="ChatRefusedException">A choice out of range.</exception>
    Task<bool> ChangeAsync(VisitorId visitor, ShareId id, ShareChange change, CancellationToken cancellationToken);

    /// <summary>
    /// Withdraws a link: page, picture and preview are gone at once. False where it is not this visitor's.
    /// </summary>
    Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken);
}
