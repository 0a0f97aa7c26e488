using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Turns a model's text into the events of its answer while it arrives, unnumbered: <see cref="TextDelta"/>,
/// <see cref="PointFound"/>, <see cref="PointGroupEnded"/> and <see cref="Noted"/>. Looks at each character a fixed
/// number of times and keeps only what is still undecided, so work is linear and any way of cutting the text gives the
/// same events (adjacent prose merged).
/// </summary>
/// <remarks>
/// <para>
/// Tags: <c>&lt;point x="63.5" y="44.2" alt="A"&gt;T&lt;/point&gt;</c> and <c>&lt;points x1= y1= x2= y2= ...
/// alt="A"&gt;T&lt;/points&gt;</c>, also with the short coordinates <c>p=635,442</c> and <c>1=635,442</c> (tenths of a
/// percent). A point is reported at the quote that closes its y, which must follow its x directly and have the same
/// number. Names are case-sensitive. Where a model forgot the beginning of a tag, <c>x1="</c>, <c>y1="</c> or
/// <c>alt="</c> at the start of a word opens it; a beginning before it that is only written wrongly, as
/// <c>&lt;Point</c>, <c>&lt; point</c> or <c>&lt;pointx="</c>, goes with it. It did not forget it where it wrote an
/// escaped tag, <c>&amp;lt;point x="1" y="1"&amp;gt;</c>: from there to the next real tag the answer is about tags, and
/// its attributes are words. Once open, a tag ends at its closing tag in capitals or with a number too.
/// Other coordinates outside a tag, such as <c>(63.5, 44.2)</c>, are prose; <see cref="PointExtraction"/> finds those
/// too, as the reference's evaluation does.
/// </para>
/// <para>
/// Never given as prose: a tag, the beginning of one, a stray closing tag. <c>&lt;pointless&gt;</c> and <c>a &lt; b</c>
/// are prose.
/// </para>
/// Not safe for use by several threads at once.
/// </remarks>
/// <param name="region">
/// The part of the picture that the text is about, whose places are mapped back to the whole; null for all of it.
/// </param>
public sealed partial class PointMarkupParser(ImageRegion? region = null)
{
    /// <summary>
    /// Longest inline or alternative text. A tag left open ends there, so that it cannot swallow an answer.
    /// </summary>
    private const int TagTextLimit = 1000;

    /// <summary>Remarks of one kind; a hostile answer must not become a list of thousands.</summary>
    private const int NotesPerCode = 10;

    private readonly StringBuilder _prose = new();
    private readonly StringBuilder _pending = new();
    private readonly StringBuilder _opening = new();
    private readonly Dictionary<NoteCode, int> _noted = [];
    private readonly EscapedTagFinder _escaped = new();
    private PointTag? _tag;
    private State _state = State.Prose;
    private State _around;
    private bool _isAboutTags;
    private char _before = ' ';
    private int _at;
    private int _tagAt;
    private int _groups;
    private int _points;

    private enum State
    {
        Prose,
        TagName,
        LooseName,
        Orphan,
        Attributes,
        Name,
        AfterName,
        BeforeValue,
        Value,
        Short,
        Unquoted,
        Alt,
        AltQuote,
        Inline,
        Closing
    }

    /// <summary>How often a character was looked at.</summary>
    internal long Steps { get; private set; }

    /// <summary>Reads more text and reports what is now certain.</summary>
    public void Append(ReadOnlySpan<char> text, ICollection<GenerationEvent> found)
    {
        foreach (var c in text)
        {
            do Steps++;
            while (!Read(c, found));
            _at++;
        }
        FlushProse(found, keepHalfPair: true);
    }

    /// <summary>
    /// Ends the text. An open tag keeps its points and its texts as far as written, with a note; the beginning of a
    /// tag's name is dropped.
    /// </summary>
    public void Complete(ICollection<GenerationEvent> found)
    {
        if (_state is State.Orphan or State.LooseName)
        {
            PutPending(State.Prose, found);
        }
        else if (_state == State.TagName)
        {
            _state = _around;
            if (_pending.Length == 1) Put('<', found);
            else if (_tag is null)
                Note(NoteCode.UnclosedTag, "The answer ended at the beginning of a tag.", _tagAt, found);
        }
        if (_tag is { } tag)
        {
            tag.OpenX = null;
            if (_state == State.Inline) Note(NoteCode.UnclosedTag, "The answer ended inside a tag.", tag.At, found);
            else Note(NoteCode.BrokenTag, "The answer ended inside the opening of a tag.", tag.At, found);
            if (_state is State.Name or State.AfterName && !IsBlank(_junk)) _junk.Append(_name);
            EndTag(found);
        }
        _state = State.Prose;
        FlushProse(found, keepHalfPair: false);
    }

    /// <summary>The segments of a whole answer.</summary>
    /// <param name="text">The verbatim answer.</param>
    /// <param name="region">The part of the picture that the text is about, whose places are mapped back to the whole;
    /// null for all of it.</param>
    public static ImmutableArray<AnswerSegment> Parse(string text, ImageRegion? region = null)
    {
        var parser = new PointMarkupParser(region);
        var found = new List<GenerationEvent>();
        parser.Append(text, found);
        parser.Complete(found);

        var segments = new SegmentBuilder();
        foreach (var e in found) segments.Add(e);
        return [.. segments.Segments];
    }

    /// <returns>False where the same character must be read again, in the state that is now.</returns>
    private bool Read(char c, ICollection<GenerationEvent> found) => _state switch
    {
        State.Prose => ReadProse(c, found),
        State.Inline => ReadText(c, found),
        State.Orphan => ReadOrphan(c, found),
        State.TagName => ReadTagName(c, found),
        State.LooseName => ReadLooseName(c, found),
        State.Attributes => ReadAttributes(c, found),
        State.Name => ReadName(c, found),
        State.AfterName => ReadAfterName(c, found),
        State.BeforeValue => ReadBeforeValue(c, found),
        State.Value => ReadValue(c, found),
        State.Short => ReadShort(c, found),
        State.Unquoted => ReadUnquoted(c, found),
        State.Alt => ReadAlt(c, found),
        State.AltQuote => ReadAltQuote(c, found),
        _ => ReadClosing(c),
    };

    private bool ReadProse(char c, ICollection<GenerationEvent> found)
    {
        if (!_isAboutTags && !char.IsLetterOrDigit(_before) && c is 'x' or 'y' or 'a')
        {
            _state = State.Orphan;
            _pending.Clear().Append(c);
            return true;
        }
        return ReadText(c, found);
    }

    /// <summary>Decides whether a word is the attribute of a tag without beginning.</summary>
    private bool ReadOrphan(char c, ICollection<GenerationEvent> found)
    {
        var isAlt = _pending[0] == 'a';
        var goesOn = _pending[^1] switch
        {
            '=' => false,
            _ when c == '=' => !isAlt || _pending.Length == 3,
            _ when isAlt => _pending.Length < 3 && "alt"[_pending.Length] == c,
            _ => char.IsAsciiDigit(c),
        };
        if (goesOn)
        {
            _pending.Append(c);
            return true;
        }
        if (c != '"' || _pending[^1] != '=')
        {
            PutPending(State.Prose, found);
            return false;
        }
        _nameAt = _at - _pending.Length;
        _tagAt = _nameAt - _opening.Length;
        _opening.Clear();
        BeginTag();
        _name.Clear().Append(_pending, 0, _pending.Length - 1);
        _isSpaced = false;
        _state = State.BeforeValue;
        return false;
    }

    private bool ReadText(char c, ICollection<GenerationEvent> found)
    {
        if (c == '<') BeginTagName();
        else Put(c, found);
        return true;
    }

    private void BeginTagName()
    {
        _around = _state;
        _state = State.TagName;
        _tagAt = _at;
        _pending.Clear().Append('<');
    }

    private bool ReadTagName(char c, ICollection<GenerationEvent> found)
    {
        var isClosing = _pending.Length > 1 ? _pending[1] == '/' : c == '/';
        var whole = isClosing ? "</points" : "<points";
        // A tag that is open must be closed somehow, with capitals or with a number.
        var isExpected = isClosing && _tag is not null;
        var isNamed = _pending.Length >= whole.Length - 1;
        if ((_pending.Length < whole.Length && whole[_pending.Length] == (isExpected ? char.ToLowerInvariant(c) : c))
            || (isExpected && isNamed && char.IsAsciiDigit(c)))
        {
            _pending.Append(c);
            return true;
        }

        _state = _around;
        if (!isNamed || !(char.IsWhiteSpace(c) || c is '>' or '/' or '<'))
        {
            if (_around == State.Prose && !isClosing && !_isAboutTags) _state = State.LooseName;
            else PutPending(_around, found);
            return false;
        }

        if (isClosing)
        {
            if (_state == State.Alt) _tag!.SplitAlt();
            _junk.Clear();
            EndTag(found);
            _state = State.Closing;
        }
        else
        {
            if (_tag is not null) GiveUpTag(found);
            _isAboutTags = false;
            BeginTag();
        }
        return false;
    }

    private bool ReadClosing(char c)
    {
        if (char.IsWhiteSpace(c)) return true;
        _state = State.Prose;
        return c == '>';
    }

    /// <summary>
    /// Takes a character that is text where we are: prose, inline text, alt, or rubbish among attributes.
    /// </summary>
    private void Put(char c, ICollection<GenerationEvent> found)
    {
        switch (_state)
        {
            case State.Inline: PutTagText(_tag!.Text, c, found); break;
            case State.Alt: PutTagText(_tag!.Alt, c, found); break;
            case State.Attributes: Skip(c, found); break;
            default:
                _isAboutTags |= _escaped.Read(c);
                _prose.Append(c);
                _before = c;
                break;
        }
    }

    /// <summary>What was withheld is text after all.</summary>
    private void PutPending(State state, ICollection<GenerationEvent> found)
    {
        _state = state;
        for (var i = 0; i < _opening.Length; i++) Put(_opening[i], found);
        _opening.Clear();
        for (var i = 0; i < _pending.Length; i++) Put(_pending[i], found);
    }

    private void PutTagText(StringBuilder text, char c, ICollection<GenerationEvent> found)
    {
        text.Append(c);
        if (text.Length >= TagTextLimit) GiveUpTag(found);
    }

    /// <summary>Ends a tag whose closing tag will not be waited for; what follows is prose again.</summary>
    private void GiveUpTag(ICollection<GenerationEvent> found)
    {
        var at = _tag!.At;
        EndTag(found);
        Note(NoteCode.UnclosedTag, "A tag was not closed.", at, found);
        _state = State.Prose;
    }

    /// <summary>
    /// Reports the open tag as over, if there was anything in it. Rubbish from its opening becomes prose.
    /// </summary>
    private void EndTag(ICollection<GenerationEvent> found)
    {
        if (_tag is not { } tag) return;
        BreakPair(found);
        if (tag.Group is not null || tag.Alt.Length > 0 || tag.Text.Length > 0)
        {
            var (text, alt) = (PointTag.Decode(tag.Text), PointTag.Decode(tag.Alt));
            Report(new PointGroupEnded(0, tag.Group ?? _groups++, text, alt), found);
        }
        if (!IsBlank(_junk)) _prose.Append(_junk);
        _before = ' ';
        _junk.Clear();
        _tag = null;
    }

    private void Note(NoteCode code, string detail, int at, ICollection<GenerationEvent> found)
    {
        var count = _noted.GetValueOrDefault(code);
        if (count < NotesPerCode) Report(new Noted(0, code, detail, at), found);
        _noted[code] = count + 1;
    }

    private void Report(GenerationEvent e, ICollection<GenerationEvent> found)
    {
        FlushProse(found, keepHalfPair: false);
        found.Add(e);
    }

    /// <summary>
    /// Reports the prose so far, but for the first half of a surrogate pair while its second may still come.
    /// </summary>
    private void FlushProse(ICollection<GenerationEvent> found, bool keepHalfPair)
    {
        var length = _prose.Length;
        if (keepHalfPair && length > 0 && _state == State.Prose && char.IsHighSurrogate(_prose[length - 1])) length--;
        if (length == 0) return;
        found.Add(new TextDelta(0, _prose.ToString(0, length)));
        _prose.Remove(0, length);
    }

    private static bool IsBlank(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
            if (!char.IsWhiteSpace(text[i])) return false;
        return true;
    }
}
