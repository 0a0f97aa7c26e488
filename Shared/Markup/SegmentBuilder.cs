using System.Text;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Markup;

/// <summary>Puts an answer's segments together from what the parser found, directly or as it came over the wire.</summary>
internal sealed class SegmentBuilder
{
    private readonly List<AnswerSegment> _segments = [];
    private readonly StringBuilder _text = new();
    private bool _isTextStale;
    private bool _isBroken;
    private int _brokenAt = -1;

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

    public void Add(MarkupEvent e)
    {
        switch (e)
        {
            case ProseFound prose: AddText(prose.Text); break;
            case MarkupPointFound found: AddPoint(found.Group, found.Point); break;
            case MarkupGroupEnded ended: EndGroup(ended.Group, ended.Text, ended.Alt); break;
            case MarkupNoted noted: Note(noted.Code); break;
        }
    }

    public void AddText(string text)
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

    public void AddPoint(int group, ImagePoint point)
    {
        var segment = Open(group);
        _segments[^1] = segment with { Points = segment.Points.Add(point) };
    }

    public void EndGroup(int group, string text, string alt)
    {
        var segment = Open(group);
        _segments[^1] = segment with { Text = text, Alt = alt, IsComplete = true };
        if (_isBroken) _brokenAt = _segments.Count - 1;
    }

    /// <summary>The parser notes a broken tag before it ends that tag's group, and nothing but that group after.</summary>
    public void Note(NoteCode code) => _isBroken |= code == NoteCode.BrokenTag;

    /// <summary>Withdraws the points of a tag that the model itself left half opened.</summary>
    public void End(EndReason reason)
    {
        if (reason == EndReason.Finished && _brokenAt >= 0)
            _segments[_brokenAt] = (PointSegment)_segments[_brokenAt] with { Points = [] };
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
