namespace Molmo.Demo.Server.Chat;

/// <summary>
/// The events that an answer's text becomes as it arrives: the parser's, but only as many points as are drawn.
/// </summary>
/// <param name="region">The part of the picture that the text is about, whose places are mapped back to the whole; null
/// for all of it.</param>
internal sealed class MarkupEvents(ImageRegion? region = null)
{
    private readonly PointMarkupParser _parser = new(region);
    private int _points;

    /// <summary>What is certain after this text. Unnumbered.</summary>
    public IReadOnlyList<GenerationEvent> Append(string text)
    {
        var found = new List<GenerationEvent>();
        _parser.Append(text, found);
        return Drawn(found);
    }

    /// <summary>What remains to be said when no more text comes.</summary>
    public IReadOnlyList<GenerationEvent> Complete()
    {
        var found = new List<GenerationEvent>();
        _parser.Complete(found);
        return Drawn(found);
    }

    /// <summary>
    /// Events that a text has beyond those already journalled: what closes an answer whose writer is gone. The
    /// journalled ones must have been made from the beginning of the same text; only their prose may be cut
    /// differently.
    /// </summary>
    public static IReadOnlyList<GenerationEvent> Remaining(
        string text, IEnumerable<GenerationEvent> journalled, ImageRegion? region = null)
    {
        int prose = 0, points = 0, groups = 0, notes = 0;
        foreach (var e in journalled)
        {
            switch (e)
            {
                case TextDelta delta: prose += delta.Delta.Length; break;
                case PointFound: points++; break;
                case PointGroupEnded: groups++; break;
                case Noted note when note.IsOnOutput: notes++; break;
            }
        }
        var markup = new MarkupEvents(region);
        var remaining = new List<GenerationEvent>();
        foreach (var e in (IEnumerable<GenerationEvent>)[.. markup.Append(text), .. markup.Complete()])
        {
            var rest = e switch
            {
                TextDelta delta when prose >= delta.Delta.Length => Skip(ref prose, delta.Delta.Length),
                TextDelta delta when prose > 0 => delta with { Delta = delta.Delta[SkipAll(ref prose)..] },
                PointFound when points > 0 => Skip(ref points, 1),
                PointGroupEnded when groups > 0 => Skip(ref groups, 1),
                Noted when notes > 0 => Skip(ref notes, 1),
                _ => e,
            };
            if (rest is not null) remaining.Add(rest);
        }
        return remaining;
    }

    private static GenerationEvent? Skip(ref int left, int count)
    {
        left -= count;
        return null;
    }

    private static int SkipAll(ref int left)
    {
        var count = left;
        left = 0;
        return count;
    }

    private List<GenerationEvent> Drawn(List<GenerationEvent> found)
    {
        found.RemoveAll(e => e is PointFound && _points++ >= ChatLimits.PointsDrawn);
        return found;
    }
}
