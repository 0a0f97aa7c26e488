using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Facts;
using Molmo.Demo.Shared.Images;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// An answer as data, for programs: what was asked, the verbatim text, what was made of it, and what made it.
/// </summary>
/// <param name="Question">As asked.</param>
/// <param name="Image">The picture; null without one.</param>
/// <param name="Text">The answer verbatim, markup included.</param>
/// <param name="Region">The part of the picture that was asked about alone, to which the verbatim text's coordinates
/// belong; null for all of it.</param>
/// <param name="CleanText">Prose with the inline texts of tags.</param>
/// <param name="Scale">What coordinates are out of: 100 is the whole width or height.</param>
/// <param name="Segments">Prose and groups of points, in reading order; points on the whole picture.</param>
/// <param name="Notes">Every repaired or dropped piece, and every remark on how it was asked.</param>
/// <param name="Stated">The count in its words; null where there is none.</param>
/// <param name="PointCount">Points given.</param>
/// <param name="Reason">How it ended; null where it failed.</param>
/// <param name="Stamp">What made it.</param>
/// <param name="Sent">What of the picture reached the model.</param>
/// <param name="Usage">Tokens in and out.</param>
/// <param name="Timings">Milliseconds from the question on.</param>
public sealed record AnswerDocument(
    string Question, DocumentImage? Image, string Text, ImageRegion? Region, string CleanText, int Scale,
    ImmutableArray<DocumentSegment> Segments, ImmutableArray<DocumentNote> Notes, int? Stated, int PointCount,
    EndReason? Reason, EngineStamp? Stamp, SentImage? Sent, TokenUsage? Usage, GenerationTimings? Timings)
{
    /// <summary>What it says there is, put right by a person where one has checked it; null where it claims
    /// nothing.</summary>
    public Claim? Claim { get; init; }

    /// <summary>What the person who asked thinks of it; null for nothing.</summary>
    public Rating? Rating { get; init; }

    /// <summary>Of an answer that has ended.</summary>
    /// <param name="question">As asked.</param>
    /// <param name="image">The picture asked about.</param>
    /// <param name="text">The verbatim answer.</param>
    /// <param name="answer">Its events.</param>
    /// <param name="region">The part that was asked about alone.</param>
    /// <param name="audit">What a person found; null where nobody has looked.</param>
    public static AnswerDocument Of(
        string question, ImageInfo? image, string text, Answer answer, ImageRegion? region = null, Audit? audit = null)
    {
        var reason = answer.Ended?.Reason;
        var segments = PointMarkupParser.Parse(text, region);
        var check = AnswerCheck.Of(segments);
        return new AnswerDocument(
            question,
            image is null ? null : new DocumentImage(image.Name, image.Width, image.Height, image.ContentHash),
            text, region,
            AnswerText.Clean(segments).Trim(), 100, [.. segments.Select(segment => DocumentSegment.Of(segment, image))],
            [.. answer.Notes.Select(note => new DocumentNote(note.Code, note.Detail, note.At) { Fact = note.Fact })],
            check.Stated, check.Points,
            reason, answer.Start?.Stamp, answer.Start?.Sent, answer.Ended?.Usage, answer.Ended?.Timings)
        {
            Claim = Claim.Of(answer, audit),
        };
    }
}

/// <summary>The picture of an <see cref="AnswerDocument"/>.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="Sha256">Of its bytes, in lower-case hexadecimal.</param>
public sealed record DocumentImage(string Name, int Width, int Height, string Sha256);

/// <summary>Prose (<paramref name="Points"/> is null) or a group of points.</summary>
/// <param name="Type"><c>text</c> or <c>points</c>.</param>
/// <param name="Text">Prose, or the group's inline text.</param>
/// <param name="Group">Number of the group, 0, 1, 2, ...</param>
/// <param name="Alt">The group's alternative text.</param>
/// <param name="Points">Its points, in the model's order.</param>
public sealed record DocumentSegment(
    string Type, string Text, int? Group = null, string? Alt = null, ImmutableArray<DocumentPoint>? Points = null)
{
    internal static DocumentSegment Of(AnswerSegment segment, ImageInfo? image) => segment is PointSegment group
        ? new DocumentSegment("points", group.Text, group.Group, group.Alt,
            [.. group.Points.Select(point => DocumentPoint.Of(point, image))])
        : new DocumentSegment("text", ((TextSegment)segment).Text);
}

/// <summary>One point.</summary>
/// <param name="N">Number within its group, from 1.</param>
/// <param name="X">Percent of the width.</param>
/// <param name="Y">Percent of the height.</param>
/// <param name="PixelX">Pixels from the left edge; null without a picture.</param>
/// <param name="PixelY">Pixels from the top edge; null without a picture.</param>
public sealed record DocumentPoint(int N, double X, double Y, double? PixelX, double? PixelY)
{
    internal static DocumentPoint Of(ImagePoint point, ImageInfo? image) => new(
        point.N, point.X, point.Y, image is null ? null : Math.Round(point.X * image.Width / 100, 2),
        image is null ? null : Math.Round(point.Y * image.Height / 100, 2));
}

/// <summary>One remark.</summary>
/// <param name="Code">What kind of thing.</param>
/// <param name="Detail">The piece concerned.</param>
/// <param name="At">Where in the verbatim text, in UTF-16 units; null where unknown.</param>
public sealed record DocumentNote(NoteCode Code, string Detail, int? At)
{
    /// <summary>Of a remark on how it was asked: what is to be said.</summary>
    public Fact? Fact { get; init; }
}
