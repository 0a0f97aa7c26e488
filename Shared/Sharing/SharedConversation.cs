using System.Collections.Immutable;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Sharing;

/// <summary>A public link: <c>/s/{id}</c>. Who has the id may read.</summary>
public readonly record struct ShareId(string Value)
{
    public static ShareId New() => new(RandomId.New());

    public override string ToString() => Value;
}

/// <summary>An unchanging copy of a conversation, made when the link was made.</summary>
/// <param name="Id">The link.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Turns">Its turns, oldest first.</param>
public sealed record SharedConversation(ShareId Id, DateTimeOffset CreatedAt, ImmutableArray<SharedTurn> Turns);

/// <summary>One question and answer of a link.</summary>
/// <param name="Question">The person's words.</param>
/// <param name="Answer">The verbatim answer, markup included.</param>
/// <param name="Reason">How the answer ended; null where it failed.</param>
/// <param name="Picture">Number of its picture, served at <c>/s/{id}/photo/{number}</c>; null without one.</param>
/// <param name="Width">Pixels of the picture, 0 without one.</param>
/// <param name="Height">Pixels of the picture, 0 without one.</param>
/// <param name="Stamp">What produced the answer.</param>
/// <param name="Region">The part of the picture that was asked about alone, to which the answer's coordinates belong; null for all of it.</param>
public sealed record SharedTurn(
    string Question, string Answer, EndReason? Reason, int? Picture, int Width, int Height, EngineStamp? Stamp, ImageRegion? Region = null)
{
    /// <summary>Prose and points of the answer; the points in percent of the whole picture.</summary>
    public ImmutableArray<AnswerSegment> ReadAnswer() => PointMarkupParser.Parse(Answer, Reason, Region);
}

/// <summary>Makes, reads and withdraws links.</summary>
public interface IShareService
{
    /// <summary>Copies the conversation's ended turns into a new link.</summary>
    /// <exception cref="ChatRefusedException">Unknown conversation, nothing to share yet, or too many links today.</exception>
    Task<ShareId> CreateAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The copy, null where unknown or withdrawn.</summary>
    Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken);

    /// <summary>Links of this visitor to this conversation that are live, newest first.</summary>
    Task<IReadOnlyList<ShareId>> ListAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>Withdraws a link: page, picture and preview are gone at once. False where it is not this visitor's.</summary>
    Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken);
}
