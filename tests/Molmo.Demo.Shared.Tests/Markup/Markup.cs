namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>Ways to run the parser, and its results in a form that compares by value.</summary>
internal static class Markup
{
    /// <summary>Events of the text given in these pieces, adjacent prose merged.</summary>
    public static List<GenerationEvent> Events(IEnumerable<string> pieces)
    {
        var parser = new PointMarkupParser();
        var found = new List<GenerationEvent>();
        foreach (var piece in pieces) parser.Append(piece, found);
        parser.Complete(found);
        return Merge(found);
    }

    public static List<GenerationEvent> Events(string text) => Events([text]);

    /// <summary>What is known after this much text, the end not declared.</summary>
    public static List<GenerationEvent> SoFar(string text)
    {
        var found = new List<GenerationEvent>();
        new PointMarkupParser().Append(text, found);
        return found;
    }

    public static (double, double)[] Points(IEnumerable<GenerationEvent> events)
        => [.. events.OfType<PointFound>().Select(found => (found.Point.X, found.Point.Y))];

    public static (double, double)[] Points(IEnumerable<AnswerSegment> segments)
        => [.. segments.OfType<PointSegment>().SelectMany(points => points.Points).Select(point => (point.X, point.Y))];

    public static string Prose(IEnumerable<GenerationEvent> events)
        => string.Concat(events.OfType<TextDelta>().Select(prose => prose.Delta));

    public static NoteCode[] Notes(IEnumerable<GenerationEvent> events)
        => [.. events.OfType<Noted>().Select(note => note.Code)];

    /// <summary>One line a segment.</summary>
    public static string[] Describe(IEnumerable<AnswerSegment> segments)
        => [.. segments.Select(segment => segment switch
        {
            TextSegment text => $"text {text.Text}",
            PointSegment points => $"group {points.Group} [{string.Join("; ", points.Points)}] text {points.Text} alt "
                + $"{points.Alt} {points.IsComplete}",
            _ => throw new InvalidOperationException(),
        })];

    private static List<GenerationEvent> Merge(List<GenerationEvent> found)
    {
        var merged = new List<GenerationEvent>();
        foreach (var e in found)
        {
            if (e is TextDelta next && merged is [.., TextDelta last])
                merged[^1] = new TextDelta(0, last.Delta + next.Delta);
            else merged.Add(e);
        }
        return merged;
    }
}
