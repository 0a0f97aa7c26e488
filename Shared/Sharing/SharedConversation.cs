using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Facts;
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
/// <param name="ShowsPhotoInPreview">Whether the preview that other sites show has the photo on it, or the dots
/// alone.</param>
public sealed record SharedConversation(
    ShareId Id, DateTimeOffset CreatedAt, ImmutableArray<SharedTurn> Turns, bool ShowsPhotoInPreview = true);

/// <summary>One question and answer of a link.</summary>
/// <param name="Question">The person's words.</param>
/// <param name="Answer">The verbatim answer, markup included.</param>
/// <param name="Reason">How the answer ended; null where it failed.</param>
/// <param name="Picture">Number of its picture, served at <c>/s/{id}/photo/{number}</c>; null without one.</param>
/// <param name="Width">Pixels of the picture, 0 without one.</param>
/// <param name="Height">Pixels of the picture, 0 without one.</param>
/// <param name="Stamp">What produced the answer.</param>
/// <param name="Region">The part of the picture that was asked about alone, to which the answer's coordinates belong;
/// null for all of it.</param>
/// <param name="Audit">A person's check of its dots, as it was then; null without one.</param>
public sealed record SharedTurn(
    string Question, string Answer, EndReason? Reason, int? Picture, int Width, int Height, EngineStamp? Stamp,
    ImageRegion? Region = null, Audit? Audit = null)
{
    /// <summary>
    /// What was asked about and the checkpoint did not know, as said under the answer then; none in links made before
    /// that was kept.
    /// </summary>
    public ImmutableArray<ThingUnknown> Unknown { get; init; } = [];

    /// <summary>Prose and points of the answer; the points in percent of the whole picture.</summary>
    public ImmutableArray<AnswerSegment> ReadAnswer() => PointMarkupParser.Parse(Answer, Region);
}
