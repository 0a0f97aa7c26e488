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
        if (outside > 0)
            yield return Plural(
                outside, "{0} point outside the photo is not shown.", "{0} points outside the photo are not shown.");
    }

    /// <summary>
    /// That words and dots agree, where a count was asked for and nobody has checked it; null where there is nothing to
    /// say. Both come from the model, so that this is no sign that they are right.
    /// </summary>
    public static string? Agreement(AnswerCheck check, string question)
        => check is { Agrees: true, Points: > 0 }
            && Counting.Any(word => question.Contains(word, StringComparison.OrdinalIgnoreCase))
            ? Match(check.Points)
            : null;

    /// <summary>That words and dots say the same number, and that nobody has looked.</summary>
    public static string Match(int dots) => Plural(
        dots, "{0} dot matches the text. Not checked yet.", "{0} dots match the text. Not checked yet.");

    /// <summary>That words and dots say two numbers.</summary>
    /// <param name="stated">By the words.</param>
    /// <param name="given">Dots.</param>
    public static string Mismatch(int stated, int given)
        => T("The text says {0}, but {1}.", stated, Dots(given));

    private static string Say(AnswerFinding finding, List<PointSegment> groups) => finding switch
    {
        CountDiffers differs => Say(differs, differs.Group is { } group ? NameOf(group, groups) : null),
        PointsCoincide coincide => Say(coincide, NameOf(coincide.Group, groups)),
        OrderBreaks breaks => Say(breaks, NameOf(breaks.Group, groups)),
        _ => throw new ArgumentOutOfRangeException(nameof(finding), finding, "There are no words for it."),
    };

    private static string Say(CountDiffers differs, string? name) => name is null
        ? Mismatch(differs.Stated, differs.Given)
        : T("The text says {0} for “{1}”, but {2}.", differs.Stated, name, Dots(differs.Given));

    private static string Dots(int given) => given == 0
        ? T("there are no dots")
        : Plural(given, "there is {0} dot", "there are {0} dots");

    private static string Say(PointsCoincide coincide, string? name)
    {
        var pairs = InARow(coincide.Pairs.Select(pair => T("{0} and {1}", pair.First, pair.Second)));
        if (coincide.Pairs.Length <= Named)
            return name is null
                ? T("Dots {0} are in the same place.", pairs)
                : T("In “{1}”, dots {0} are in the same place.", pairs, name);
        var more = Plural(coincide.Pairs.Length - Named, "and {0} more pair", "and {0} more pairs");
        return name is null
            ? T("Dots {0} are in the same place ({1}).", pairs, more)
            : T("In “{2}”, dots {0} are in the same place ({1}).", pairs, more, name);
    }

    private static string Say(OrderBreaks breaks, string? name)
    {
        var numbers = InARow(breaks.Numbers.Select(number => number.ToString(Culture)));
        if (breaks.Numbers.Length == 1)
        {
            return name is null
                ? T("Dot {0} leaves the order of the list: the model may have lost its place.", numbers)
                : T("In “{1}”, dot {0} leaves the order of the list: the model may have lost its place.",
                    numbers, name);
        }
        if (breaks.Numbers.Length <= Named)
        {
            return name is null
                ? T("Dots {0} leave the order of the list: the model may have lost its place.", numbers)
                : T("In “{1}”, dots {0} leave the order of the list: the model may have lost its place.",
                    numbers, name);
        }
        var more = Plural(breaks.Numbers.Length - Named, "and {0} more dot", "and {0} more dots");
        return name is null
            ? T("Dots {0} leave the order of the list ({1}): the model may have lost its place.", numbers, more)
            : T("In “{2}”, dots {0} leave the order of the list ({1}): the model may have lost its place.", numbers,
                more, name);
    }

    private static string InARow(IEnumerable<string> words)
        => words.Take(Named).Aggregate((before, after) => T("{0}, {1}", before, after));

    // Where there is one group only, nobody asks which.
    private static string? NameOf(int group, List<PointSegment> groups)
        => groups.Count <= 1 ? null : groups.Find(one => one.Group == group) is not { } found
            ? ""
            : found.Text.Length > 0 ? found.Text : found.Alt;
}
