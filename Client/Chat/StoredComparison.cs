using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Chat;

/// <summary>A stored answer beside the answer to the same question asked again.</summary>
/// <param name="Sentence">What came of it.</param>
/// <param name="Agrees">Whether the answers are the same or differ for a reason; false where equal stamps gave
/// different texts, or nothing could be compared.</param>
public sealed record StoredComparison(string Sentence, bool Agrees)
{
    /// <summary>
    /// Dots that are no further apart than this are in the same place, in hundredths of the picture's longer side.
    /// </summary>
    public const double SamePlace = 1;

    /// <param name="stored">The answer kept with the picture.</param>
    /// <param name="run">The one that was made now, ended.</param>
    /// <param name="text">Its verbatim text; null where the server no longer has it.</param>
    public static StoredComparison Of(StoredAnswer stored, Answer run, string? text)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(run);
        if (text is null || run.Start?.Stamp is not { } stamp || run.Ended?.Reason != stored.Reason)
            return new(T("This run did not come to its end, so there is nothing to compare."), Agrees: false);
        var dots = DotsOf(stored.ReadAnswer());
        var made = StoredAnswer.LastingPart(stamp);
        if (made == StoredAnswer.LastingPart(stored.Stamp))
        {
            return text == stored.Text
                ? new(T("Same stamp, {0}.", Same(dots)), Agrees: true)
                : new(
                    T("Same stamp, other text: {0}. This must not happen: please tell those who run this server.",
                        Places(stored, dots, run)),
                    Agrees: false);
        }
        if (made.Model != stored.Stamp.Model || made.Revision != stored.Stamp.Revision)
            return new(
                T("Answered by another model ({0} {1}): {2}.", made.Model, made.Revision, Places(stored, dots, run)),
                Agrees: true);
        var result = text == stored.Text ? Same(dots) : Places(stored, dots, run);
        return new(
            T("Same model in another setting ({0}, {1}, engine {2}): {3}.", made.Precision, Words.Of(made.Device),
                made.EngineVersion, result),
            Agrees: true);
    }

    private static string Same(List<ImagePoint> dots)
        => dots.Count == 0 ? T("same words") : Plural(dots.Count, "same {0} dot", "same {0} dots");

    private static string Places(StoredAnswer stored, List<ImagePoint> dots, Answer run)
    {
        var diff = DotDiff.Of(dots, DotsOf(run.Segments), stored.Sent.Width, stored.Sent.Height, SamePlace);
        return diff.OnlyB.Length == 0
            ? Plural(dots.Count, "{1} of {0} dot in the same place", "{1} of {0} dots in the same place",
                diff.Matched.Length)
            : Plural(dots.Count, "{1} of {0} dot in the same place, and {2} elsewhere",
                "{1} of {0} dots in the same place, and {2} elsewhere", diff.Matched.Length, diff.OnlyB.Length);
    }

    private static List<ImagePoint> DotsOf(IEnumerable<AnswerSegment> segments)
        => [.. segments.OfType<PointSegment>().SelectMany(segment => segment.Points)];
}
