using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Where a group's markup stands in the verbatim text, in UTF-16 units: from <paramref name="Start"/> up to
/// <paramref name="End"/>.
/// </summary>
public readonly record struct PointSpan(int Group, int Start, int End);

/// <summary>Finds where the tags are that <see cref="PointMarkupParser"/> takes for groups of points.</summary>
public static partial class PointSpans
{
    /// <summary>One span a group, in order and without overlap.</summary>
    public static ImmutableArray<PointSpan> Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new PointMarkupParser();
        var found = new List<GenerationEvent>();
        var spans = ImmutableArray.CreateBuilder<PointSpan>();
        int? start = null;
        var from = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            found.Clear();
            // Character by character, the place of an event is the character that made it certain.
            if (i < text.Length) parser.Append(text.AsSpan(i, 1), found);
            else parser.Complete(found);
            foreach (var e in found)
            {
                if (e is PointFound or PointGroupEnded) start ??= StartOf(text, from, Math.Min(i + 1, text.Length));
                if (e is not PointGroupEnded ended) continue;
                from = EndOf(text, start!.Value, i);
                spans.Add(new PointSpan(ended.Group, start.Value, from));
                start = null;
            }
        }
        return spans.ToImmutable();
    }

    /// <summary>
    /// The last opening before the first thing known of the group; where its beginning was forgotten, its first
    /// attribute.
    /// </summary>
    private static int StartOf(string text, int from, int to)
    {
        var opening = -1;
        foreach (var match in Opening().EnumerateMatches(text.AsSpan(from, to - from))) opening = from + match.Index;
        if (opening >= 0) return opening;
        foreach (var match in Attribute().EnumerateMatches(text.AsSpan(from, to - from))) return from + match.Index;
        return from;
    }

    private static int EndOf(string text, int start, int at)
    {
        if (at >= text.Length) return text.Length;
        var bracket = text.LastIndexOf('<', text[at] == '<' ? at - 1 : at);
        if (bracket < start) return at + 1;
        var name = text.AsSpan(bracket, at - bracket);
        if (Closing().IsMatch(name))
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            return at < text.Length && text[at] == '>' ? at + 1 : at;
        }
        // The next tag ends one that was not closed.
        return bracket > start && name is "<point" or "<points" ? bracket : at + 1;
    }

    // The second is a beginning that is written wrongly, and only one before an attribute.
    [GeneratedRegex(@"<points?(?=[\s></])|<\s*[Pp][Oo][Ii][Nn][Tt][Ss]?(?:\d*\s+(?:[xy]\d*|alt)|[xy]\d*|\d+|alt)=""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    [GeneratedRegex("^</[Pp][Oo][Ii][Nn][Tt][Ss]?[0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Closing();

    [GeneratedRegex(@"(?<![\p{L}\p{Nd}])(?:[xy]\d*|alt)=""", RegexOptions.CultureInvariant)]
    private static partial Regex Attribute();
}
