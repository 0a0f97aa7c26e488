namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Finds where an answer's prose says how many there are. Conservative: a year, a price or a page is no count.
/// </summary>
internal static class StatedNumber
{
    private const int MostDigits = 5;

    /// <summary>What stands before a number that counts what is in the picture.</summary>
    private static readonly string[] Openings =
        ["there are", "there is", "there's", "i see", "i can see", "you can see", "we can see", "i count", "i counted",
            "i found", "i can find"];

    /// <summary>Words that may stand between.</summary>
    private static readonly string[] Fillers = ["exactly", "only", "just"];

    /// <summary>What makes the number before it another thing than a count.</summary>
    private static readonly string[] Units = ["percent", "per", "feet", "foot", "meters", "metres", "miles", "years",
        "hours", "minutes", "seconds", "dollars", "euros", "degrees"];

    /// <summary>N of "a total of N", in figures or as a word up to twenty.</summary>
    public static int? Total(string text) => After(text, "a total of ");

    /// <summary>
    /// N of "There are N ..." and the like, and of a text that is nothing but a number. Null where there are several.
    /// </summary>
    public static int? Counted(string text)
    {
        if (Whole(text) is { } whole) return whole;
        int? only = null;
        foreach (var opening in Openings)
        {
            foreach (var filler in Fillers.Append(""))
            {
                var before = filler.Length == 0 ? $"{opening} " : $"{opening} {filler} ";
                for (var at = Find(text, before, 0); at >= 0; at = Find(text, before, at + 1))
                {
                    if (Read(text.AsSpan(at + before.Length)) is not { } number) continue;
                    if (only is not null) return null;
                    only = number;
                }
            }
        }
        return only;
    }

    /// <summary>The number with which a group's own words begin: <c>three dogs</c>.</summary>
    public static int? Leading(string text)
        => Read(text.AsSpan().TrimStart()) is { } number && Rest(text).Length > 0 ? number : null;

    /// <summary>
    /// The number directly before a group, as in <c>and 3 </c>, where what is before it opens or lists a count.
    /// </summary>
    public static int? Trailing(string prose)
    {
        var text = prose.AsSpan().TrimEnd();
        if (text.Length == prose.Length) return null;
        var space = text.LastIndexOf(' ');
        if (Parse(text[(space + 1)..]) is not { } number) return null;
        var before = space < 0 ? "" : text[..space].TrimEnd().ToString();
        var opens = before.Length == 0 || before[^1] is ',' or '.' or '!' or ':' || EndsWithWord(before, "and")
            || Openings.Concat(Fillers).Any(words => EndsWithWord(before, words));
        return opens ? number : null;
    }

    private static int? Whole(string text) => Parse(text.AsSpan().Trim().TrimEnd('.'));

    private static int? After(string text, string phrase)
        => Find(text, phrase, 0) is >= 0 and var at ? Read(text.AsSpan(at + phrase.Length)) : null;

    /// <summary>A number at the beginning that ends with its word and counts no unit.</summary>
    private static int? Read(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && char.IsAsciiLetterOrDigit(text[length])) length++;
        if (Parse(text[..length]) is not { } number) return null;
        var rest = text[length..];
        if (rest is ['%' or '$' or '€' or '-' or '/', ..] or ['.' or ',' or ':' or '\'', >= '0' and <= '9', ..])
            return null;
        var next = rest.TrimStart();
        foreach (var unit in Units)
            if (next.StartsWith(unit, StringComparison.OrdinalIgnoreCase)
                && (next.Length == unit.Length || !char.IsLetter(next[unit.Length])))
                return null;
        return number;
    }

    private static ReadOnlySpan<char> Rest(string text)
    {
        var rest = text.AsSpan().TrimStart();
        var length = 0;
        while (length < rest.Length && char.IsAsciiLetterOrDigit(rest[length])) length++;
        return rest[length..].Trim();
    }

    private static int? Parse(ReadOnlySpan<char> word)
    {
        if (word.Length is > 0 and <= MostDigits
            && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var figure))
            return figure;
        return NumberWords.Find(word);
    }

    private static int Find(string text, string phrase, int start)
    {
        var at = text.IndexOf(phrase, start, StringComparison.OrdinalIgnoreCase);
        while (at > 0 && char.IsLetterOrDigit(text[at - 1]))
            at = text.IndexOf(phrase, at + 1, StringComparison.OrdinalIgnoreCase);
        return at;
    }

    private static bool EndsWithWord(string text, string words)
        => text.EndsWith(words, StringComparison.OrdinalIgnoreCase)
            && (text.Length == words.Length || !char.IsLetterOrDigit(text[^(words.Length + 1)]));
}
