using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Markup;

/// <summary>Puts an answer's segments together from its events.</summary>
internal sealed class SegmentBuilder
{
    private readonly List<AnswerSegment> _segments = [];
    private readonly StringBuilder _text = new();
    private bool _isTextStale;

    /// <summary>The segments so far. Read it again after a change.</summary>
    public IReadOnlyList<AnswerSegment> Segments
    {
        get
        {
            if (_isTextStale) _segments[^1] = new TextSegment(_text.ToString());
            _isTextStale = false;
            return _segments;
        }
    }

    /// <summary>Takes an event that has a place in the text; others change nothing.</summary>
    public void Add(GenerationEvent e)
    {
        switch (e)
        {
            case TextDelta prose: AddText(prose.Delta); break;
            case PointFound found: AddPoint(found.Group, found.Point); break;
            case PointGroupEnded ended: EndGroup(ended.Group, ended.Text, ended.Alt); break;
        }
    }

    private void AddText(string text)
    {
        if (text.Length == 0) return;
        if (_segments is not [.., TextSegment])
        {
            _text.Clear();
            _segments.Add(new TextSegment(""));
        }
        _text.Append(text);
        _isTextStale = true;
    }

    private void AddPoint(int group, ImagePoint point)
    {
        var segment = Open(group);
        _segments[^1] = segment with { Points = segment.Points.Add(point) };
    }

    private void EndGroup(int group, string text, string alt)
    {
        var segment = Open(group);
        _segments[^1] = segment with { Text = text, Alt = alt, IsComplete = true };
    }

    private PointSegment Open(int group)
    {
        if (_segments is [.., PointSegment last] && last.Group == group) return last;
        _ = Segments;
        var segment = new PointSegment(group, [], "", "", IsComplete: false);
        _segments.Add(segment);
        return segment;
    }
}
