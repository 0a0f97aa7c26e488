namespace Molmo.Demo.Lab.Scoring;

/// <summary>MMMU: finds the answer within a longer response, by the rules of the published evaluation.</summary>
internal static partial class MmmuScore
{
    private static readonly string[] Keys =
        ["could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result "];

    /// <summary>
    /// Whether the response means the letter. Where it names none, the reference draws one; here it is wrong.
    /// </summary>
    public static double MultipleChoice(string letter, IReadOnlyList<string> options, string response)
        => Letter(response, [.. options.Where(option => option.Length > 0)]) is { } chosen
            && letter == chosen.ToString() ? 1 : 0;

    /// <summary>Whether one of the numbers or phrases in the response is the answer.</summary>
    public static double Open(string answer, string response)
    {
        var found = Parts(response);
        var wanted = Normalised(answer).ToList();
        var isRight = found.Any(part => part is string text
            ? wanted.OfType<string>().Any(phrase => text.Contains(phrase, StringComparison.Ordinal))
            : wanted.Contains(part));
        return isRight ? 1 : 0;
    }

    private static char? Letter(string response, IReadOnlyList<string> options)
    {
        foreach (var mark in ",.!?;:'") response = response.Trim(mark);
        response = $" {response} ";
        var letters = Enumerable.Range(0, options.Count).Select(i => (char)('A' + i)).ToList();
        return Last(letters, letter => response.LastIndexOf($"({letter})", StringComparison.Ordinal))
            ?? Last(letters, letter => response.LastIndexOf($" {letter} ", StringComparison.Ordinal))
            ?? (response.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length > 5
                ? Last(letters, letter => response.ToLowerInvariant()
                    .LastIndexOf(options[letter - 'A'].ToLowerInvariant(), StringComparison.Ordinal))
                : null);
    }

    /// <summary>The letter that is found last; null where none is.</summary>
    private static char? Last(IReadOnlyList<char> letters, Func<char, int> placeOf)
    {
        var found = letters.Select(letter => (Letter: letter, Place: placeOf(letter)))
            .Where(one => one.Place >= 0).ToList();
        return found.Count == 0 ? null : found.MaxBy(one => one.Place).Letter;
    }

    /// <summary>
    /// Phrases behind words like "so" and "is", the shortest of each sentence, and the numbers in them.
    /// </summary>
    private static IEnumerable<object> Parts(string response)
    {
        response = response.Trim().Trim('.').ToLowerInvariant();
        // The reference parts sentences before a capital letter, after it has made all letters small: only lines part.
        var lines = response.Split('\n');
        var phrases = new List<string>();
        foreach (var (index, line) in lines.Index())
        {
            var keys = index == lines.Length - 1 ? Keys.Append("=") : Keys;
            var shortest = keys.Where(key => line.Contains(key, StringComparison.Ordinal))
                .Select(key => line.Split(key)[^1].Trim())
                .Aggregate((string?)null,
                    (best, phrase) => string.IsNullOrEmpty(best) || phrase.Length < best.Length ? phrase : best);
            if (shortest is { Length: > 0 } and not (":" or "," or "." or "!" or "?" or ";" or "'"))
                phrases.Add(shortest);
        }
        if (phrases.Count == 0) phrases.Add(response);
        return phrases.Concat(phrases.SelectMany(Numbers)).SelectMany(Normalised).Distinct();
    }

    private static IEnumerable<string> Numbers(string phrase)
        => Grouped().Matches(phrase)
            .Concat(Scientific().Matches(phrase)).Concat(Simple().Matches(phrase)).Select(match => match.Value);

    /// <summary>
    /// A number to two decimals; else the text in small letters, a single letter with a space before or after it.
    /// </summary>
    private static IEnumerable<object> Normalised(string text)
    {
        text = text.Trim();
        if (PythonNumber.Read(text.Replace(",", "", StringComparison.Ordinal)) is { } number)
            return [Math.Round(number, 2, MidpointRounding.ToEven)];
        text = text.ToLowerInvariant();
        return text.Length == 1 ? [" " + text, text + " "] : [text];
    }

    [GeneratedRegex(@"-?\b[0-9]{1,3}(?:,[0-9]{3})+\b")]
    private static partial Regex Grouped();

    [GeneratedRegex(@"-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+")]
    private static partial Regex Scientific();

    [GeneratedRegex(@"-?(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+\b)(?![eE][+-]?[0-9]+)(?![,0-9])")]
    private static partial Regex Simple();
}
