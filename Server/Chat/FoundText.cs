namespace Molmo.Demo.Server.Chat;

/// <summary>The stretch of a text around the words that a search has found in it.</summary>
internal static class FoundText
{
    /// <summary>Characters before the first word, and after it, at most.</summary>
    private const int Before = 40, After = 100;

    /// <summary>
    /// Cut between words, with the words of the search as pieces of their own; empty where none is there.
    /// </summary>
    /// <param name="text">As people read it.</param>
    /// <param name="words">Without white space; upper and lower case are the same.</param>
    public static ImmutableArray<FoundPart> Of(string text, IReadOnlyList<string> words)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (Next(line, 0, words) is not { } first) return [];
        var start = first.At <= Before ? 0 : line.IndexOf(' ', first.At - Before, Before) + 1;
        // One long word, or a script without spaces.
        if (start == 0 && first.At > Before) start = first.At;
        var end = Math.Min(line.Length, first.At + first.Length + After);
        if (end < line.Length) end = Math.Max(line.LastIndexOf(' ', end), first.At + first.Length);
        return [.. Parts(line, start, end, words)];
    }

    private static IEnumerable<FoundPart> Parts(string line, int start, int end, IReadOnlyList<string> words)
    {
        var text = new StringBuilder(start > 0 ? "…" : "");
        var at = start;
        while (Next(line, at, words) is { } match && match.At + match.Length <= end)
        {
            text.Append(line, at, match.At - at);
            if (text.Length > 0) yield return new FoundPart(text.ToString(), false);
            yield return new FoundPart(line.Substring(match.At, match.Length), true);
            text.Clear();
            at = match.At + match.Length;
        }
        text.Append(line, at, end - at);
        if (end < line.Length) text.Append('…');
        if (text.Length > 0) yield return new FoundPart(text.ToString(), false);
    }

    /// <summary>The first word from a place on; of several there the longest.</summary>
    private static (int At, int Length)? Next(string line, int from, IReadOnlyList<string> words)
        => words.Select(word => (At: line.IndexOf(word, from, StringComparison.OrdinalIgnoreCase), word.Length))
            .Where(found => found.At >= 0)
            .OrderBy(found => found.At).ThenByDescending(found => found.Length)
            .Select(found => ((int, int)?)found).FirstOrDefault();
}
