using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Sharing;

/// <summary>A link under which others watch a conversation as it goes on: <c>/live/{id}</c>.</summary>
public readonly record struct LiveId(string Value)
{
    public static LiveId New() => new(RandomId.New());

    public override string ToString() => Value;
}

/// <summary>A live link as its maker sees it.</summary>
public sealed record LiveLink(LiveId Id, DateTimeOffset ExpiresAt);

/// <summary>What is to be watched now.</summary>
/// <param name="Turns">Oldest first; their events come by <see cref="ILiveService.ReadAsync"/>.</param>
public sealed record LiveConversation(ImmutableArray<LiveTurn> Turns);

/// <summary>One question of a watched conversation.</summary>
/// <param name="Id">Its answer.</param>
/// <param name="Question">The person's words.</param>
/// <param name="Image">Its picture, served at <c>/live/{id}/photo/{image}</c> while the link is live.</param>
/// <param name="IsEnded">Whether the answer will not grow.</param>
/// <param name="Region">The part of the picture that it was asked about alone; null for all of it.</param>
/// <param name="Audit">What a person has found at its dots so far; null for nothing.</param>
public sealed record LiveTurn(
    GenerationId Id, string Question, ImageInfo? Image, bool IsEnded, ImageRegion? Region = null, Audit? Audit = null);

/// <summary>Lets others follow a conversation, read only, for a while.</summary>
public interface ILiveService
{
    /// <summary>The conversation's live link; a new one where there is none.</summary>
    /// <exception cref="ChatRefusedException">Unknown conversation, or too many live links.</exception>
    Task<LiveLink> StartAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The conversation's live link, null without one.</summary>
    Task<LiveLink?> FindAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>Ends watching at once. False where there is nothing of this visitor's to end.</summary>
    Task<bool> EndAsync(VisitorId visitor, LiveId id, CancellationToken cancellationToken);

    /// <summary>
    /// What is to be seen under a link; null where unknown, ended, expired, or its conversation deleted.
    /// </summary>
    Task<LiveConversation?> WatchAsync(LiveId id, CancellationToken cancellationToken);

    /// <summary>Events of one answer, as <see cref="IChatService.ReadAsync"/>.</summary>
    /// <exception cref="ChatRefusedException">The link is not live, or the answer does not belong to it.</exception>
    IAsyncEnumerable<GenerationEvent> ReadAsync(
        LiveId id, GenerationId answer, long fromSeq, CancellationToken cancellationToken);
}
