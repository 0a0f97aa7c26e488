using System.Globalization;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about whether an answer agrees with itself.</summary>
public static class AgreementWords
{
    /// <summary>Pairs or numbers that a sentence names before it only counts the rest.</summary>
    private const int Named = 3;

    private static readonly string[] Counting = ["how many", "count", "number of", "total"];

    /// <summary>A sentence for each thing that does not agree; none where all is well.</summary>
    public static IEnumerable<string> Findings(AnswerCheck check, Answer answer)
    {
        var groups = answer.Segments.OfType<PointSegment>().Where(group => group.Points.Length > 0).ToList();
        foreach (var finding in check.Findings) yield return Say(finding, groups);
        var outside = answer.Notes.Count(note => note.Code == NoteCode.PointOutOfRange);
        if (outside > 0) yield return outside == 1 ? "1 point outside the photo is not shown." : $"{outside} points outside the photo are not shown.";
    }

    /// <summary>That words and dots agree, where a count was asked for; null where there is nothing to say.</summary>
    public static string? Agreement(AnswerCheck check, string question)
        => check is { Agrees: true, Points: > 0 } && Counting.Any(word => question.Contains(word, StringComparison.OrdinalIgnoreCase))
            ? string.Create(CultureInfo.InvariantCulture, $"{AnswerWords.Count(check.Points, "dot")}, text says {check.Stated}")
            : null;

    private static string Say(AnswerFinding finding, List<PointSegment> groups)
    {
        switch (finding)
        {
            case CountDiffers differs:
                var of = differs.Group is { } group && groups.Count > 1 ? $" for “{NameOf(group)}”" : "";
                var given = differs.Given == 0 ? "no point was" : differs.Given == 1 ? "1 point was" : $"{differs.Given} points were";
                return string.Create(CultureInfo.InvariantCulture, $"The text says {differs.Stated}{of}, but {given} given.");
            case PointsCoincide coincide:
                var pairs = coincide.Pairs.Take(Named).Select(pair => $"{pair.First} and {pair.Second}");
                return $"{Where(coincide.Group)}ots {string.Join(", ", pairs)} are in the same place{More(coincide.Pairs.Length, "pair")}.";
            case OrderBreaks breaks:
                var numbers = string.Join(", ", breaks.Numbers.Take(Named));
                return breaks.Numbers.Length == 1
                    ? $"{Where(breaks.Group)}ot {numbers} leaves the order of the list: the model may have lost its place."
                    : $"{Where(breaks.Group)}ots {numbers} leave the order of the list{More(breaks.Numbers.Length, "dot")}: the model may have lost its place.";
            default:
                throw new ArgumentOutOfRangeException(nameof(finding), finding, "There are no words for it.");
        }

        string Where(int group) => groups.Count > 1 ? $"In “{NameOf(group)}”, d" : "D";

        string NameOf(int group) => groups.Find(one => one.Group == group) is { } found ? found.Text.Length > 0 ? found.Text : found.Alt : "";
    }

    private static string More(int count, string noun) => count > Named ? $" (and {AnswerWords.Count(count - Named, "more " + noun)})" : "";
}
