using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Commands;

/// <summary>What <c>ask --json</c> prints.</summary>
/// <param name="Question">As asked.</param>
/// <param name="Image">The picture; null without one.</param>
/// <param name="Text">The answer verbatim, markup included.</param>
/// <param name="CleanText">Prose with the inline texts of tags.</param>
/// <param name="Points">In the order of the answer.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Notes">Every repaired or dropped piece of the text, and a warning on the crops.</param>
/// <param name="Stamp">What made it.</param>
/// <param name="Sent">What of the picture reached the model; null without one.</param>
/// <param name="Usage">Tokens in and out.</param>
/// <param name="Timings">Milliseconds from the question on, the model being loaded.</param>
/// <param name="LoadMs">Milliseconds that loading the model took.</param>
internal sealed record AskResult(
    string Question, AskedImage? Image, string Text, string CleanText, IReadOnlyList<AskedPoint> Points,
    EndReason Reason, IReadOnlyList<DocumentNote> Notes, EngineStamp Stamp, SentImage? Sent, TokenUsage Usage,
    GenerationTimings Timings, double LoadMs)
{
    public static AskResult From(string question, string? file, RgbImage? image, LocalAnswer answer, double loadMs)
    {
        var points =
            from segment in answer.Told.Segments.OfType<PointSegment>()
            from point in segment.Points
            select new AskedPoint(
                segment.Group, point.N, point.X, point.Y,
                image is null ? null : Pixel(point.X, image.Width), image is null ? null : Pixel(point.Y, image.Height),
                segment.Alt);
        return new AskResult(
            question, image is null ? null : new AskedImage(file, image.Width, image.Height), answer.Text,
            answer.Told.CleanText.Trim(), [.. points], answer.Reason,
            [.. answer.Told.Notes.Select(note => new DocumentNote(note.Code, Words.Of(note), note.At))],
            Words.On(answer.Stamp), answer.Sent, answer.Usage, answer.Timings, loadMs);
    }

    private static double Pixel(double percent, int side) => Math.Round(percent * side / 100, 2);
}

/// <summary>The picture asked about.</summary>
/// <param name="File">As named.</param>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
internal sealed record AskedImage(string? File, int Width, int Height);

/// <summary>A point of an answer.</summary>
/// <param name="Group">Tag of the answer, 0, 1, 2, ...</param>
/// <param name="N">Number within the tag, from 1.</param>
/// <param name="X">Percent of the width.</param>
/// <param name="Y">Percent of the height.</param>
/// <param name="PixelX">Pixels from the left edge; null without a picture.</param>
/// <param name="PixelY">Pixels from the top edge; null without a picture.</param>
/// <param name="Alt">What is pointed at.</param>
internal sealed record AskedPoint(int Group, int N, double X, double Y, double? PixelX, double? PixelY, string Alt);
