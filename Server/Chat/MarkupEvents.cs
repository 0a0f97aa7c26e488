namespace Molmo.Demo.Server.Chat;

/// <summary>Turns verbatim text into events as it arrives. Only so many points become events; the parser remarks on the rest.</summary>
/// <param name="region">The part of the picture that the text is about, whose places are mapped back to the whole; null for all of it.</param>
internal sealed class MarkupEvents(ImageRegion? region = null)
{
    private readonly PointMarkupParser _parser = new();
    private readonly List<MarkupEvent> _found = [];
    private int _points;

    /// <summary>What is certain after this text. Unnumbered.</summary>
    public IReadOnlyList<GenerationEvent> Append(string text)
    {
        _parser.Append(text, _found);
        return Take();
    }

    /// <summary>What remains to be said when no more text comes.</summary>
    public IReadOnlyList<GenerationEvent> Complete()
    {
        _parser.Complete(_found);
        return Take();
    }

    /// <summary>
    /// Events that a text has beyond those already journalled: what closes an answer whose writer is gone. The journalled
    /// ones must have been made from the beginning of the same text; only their prose may be cut differently.
    /// </summary>
    public static IReadOnlyList<GenerationEvent> Remaining(string text, IEnumerable<GenerationEvent> journalled, ImageRegion? region = null)
    {
        int prose = 0, points = 0, groups = 0, notes = 0;
        foreach (var e in journalled)
        {
            switch (e)
            {
                case TextDelta delta: prose += delta.Delta.Length; break;
                case PointFound: points++; break;
                case PointGroupEnded: groups++; break;
                case Noted note when note.Code.IsOnOutput(): notes++; break;
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

    private List<GenerationEvent> Take()
    {
        var events = new List<GenerationEvent>(_found.Count);
        foreach (var found in _found)
        {
            switch (found.ToPicture(region))
            {
                case ProseFound { Text.Length: > 0 } prose:
                    if (events is [.., TextDelta before]) events[^1] = before with { Delta = before.Delta + prose.Text };
                    else events.Add(new TextDelta(0, prose.Text));
                    break;
                case MarkupPointFound(var group, var point):
                    if (_points++ < ChatLimits.PointsDrawn) events.Add(new PointFound(0, group, point.N, point.X, point.Y));
                    break;
                case MarkupGroupEnded(var group, var text, var alt):
                    events.Add(new PointGroupEnded(0, group, text, alt));
                    break;
                case MarkupNoted(var code, var detail, var at):
                    events.Add(new Noted(0, code, detail, at));
                    break;
            }
        }
        _found.Clear();
        return events;
    }
}
