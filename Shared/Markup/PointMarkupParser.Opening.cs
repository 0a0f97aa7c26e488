using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Markup;

/// <content>The opening of a tag: attributes, coordinates, alt.</content>
public sealed partial class PointMarkupParser
{
    /// <summary>
    /// Characters in an opening that belong to no attribute. More than this is no tag but text about tags, and is
    /// shown. Also the longest coordinate.
    /// </summary>
    private const int JunkLimit = 64;

    private const int ExactDigits = 15;

    private static readonly double[] Powers =
        [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];

    private readonly StringBuilder _junk = new();
    private readonly StringBuilder _name = new();
    private readonly StringBuilder _value = new();
    private readonly StringBuilder _alt = new();
    private readonly StringBuilder _text = new();
    private char _quote;
    private int _nameAt;
    private bool _afterSpace;
    private bool _afterSlash;
    private bool _isSpaced;

    private void BeginTag()
    {
        _tag = new PointTag(_tagAt, _alt, _text);
        _state = State.Attributes;
        _afterSpace = _afterSlash = false;
        _junk.Clear();
        _escaped.Reset();
    }

    private bool ReadAttributes(char c, ICollection<GenerationEvent> found)
    {
        var isEmptyTag = _afterSlash && c == '>';
        _afterSlash = c == '/';
        if (isEmptyTag)
        {
            _junk.Clear();
            EndTag(found);
            _state = State.Prose;
        }
        else if (c == '>')
        {
            BreakPair(found);
            _junk.Clear();
            _state = State.Inline;
        }
        else if (c == '<')
        {
            BeginTagName();
        }
        else if (IsNameCharacter(c))
        {
            if (!_afterSpace) BreakPair(found);
            _name.Clear();
            _nameAt = _at;
            _state = State.Name;
            return false;
        }
        else
        {
            Skip(c, found);
        }
        return true;
    }

    private bool ReadName(char c, ICollection<GenerationEvent> found)
    {
        _isSpaced = false;
        if (IsNameCharacter(c)) _name.Append(c);
        else if (c == '=') _state = State.BeforeValue;
        else if (char.IsWhiteSpace(c)) _state = State.AfterName;
        else return SkipName(found);
        return true;
    }

    private bool ReadAfterName(char c, ICollection<GenerationEvent> found)
    {
        _isSpaced = true;
        if (char.IsWhiteSpace(c)) return true;
        if (c != '=') return SkipName(found);
        _state = State.BeforeValue;
        return true;
    }

    /// <summary>A word that turned out to have no value.</summary>
    private bool SkipName(ICollection<GenerationEvent> found)
    {
        _state = State.Attributes;
        for (var i = 0; i < _name.Length; i++) Put(_name[i], found);
        if (_isSpaced) Put(' ', found);
        return false;
    }

    private bool ReadBeforeValue(char c, ICollection<GenerationEvent> found)
    {
        if (char.IsWhiteSpace(c))
        {
            _isSpaced = true;
            return true;
        }
        _junk.Clear();
        _value.Clear();
        if (c is '"' or '\'')
        {
            BeginQuoted(c);
            return true;
        }
        if (!IsCoordinateName()) BreakPair(found);
        _state = char.IsAsciiDigit(c) && IsShortName() ? State.Short : State.Unquoted;
        return false;
    }

    private void BeginQuoted(char quote)
    {
        _quote = quote;
        if (_name.Equals("alt"))
        {
            _tag!.Alt.Clear();
            _state = State.Alt;
        }
        else
        {
            _value.Clear();
            _state = State.Value;
        }
    }

    private bool ReadValue(char c, ICollection<GenerationEvent> found)
    {
        var isCut = c is '<' or '>' || (IsCoordinateName() && _value.Length >= JunkLimit);
        if (!isCut && c != _quote)
        {
            _value.Append(c);
            return true;
        }

        _state = State.Attributes;
        _afterSpace = false;
        var isExact = !isCut && _quote == '"' && !_isSpaced;
        if (!IsCoordinateName()) BreakPair(found);
        else if (_name[0] == 'x') BeginPair(isExact, found);
        else EndPair(isExact, found);
        return !isCut;
    }

    private void BeginPair(bool isExact, ICollection<GenerationEvent> found)
    {
        BreakPair(found);
        _tag!.OpenX = new OpenCoordinate(
            _name.ToString(1, _name.Length - 1), _value.ToString(), isExact ? Coordinate(_value) : null, _nameAt);
    }

    private void EndPair(bool isExact, ICollection<GenerationEvent> found)
    {
        if (_tag!.OpenX is not { } x || !IsIndex(x.Index))
        {
            BreakPair(found);
            Note(NoteCode.UnpairedCoordinate, $"{_name} = {_value}", _nameAt, found);
            return;
        }
        _tag.OpenX = null;
        if (x.Value is <= 100 and { } left && isExact && Coordinate(_value) is <= 100 and { } top)
            AddPoint(left, top, found);
        else Note(NoteCode.PointOutOfRange, $"{x.Raw}, {_value}", x.At, found);
    }

    /// <summary>Whether this is the number behind the name of the coordinate.</summary>
    private bool IsIndex(string index)
    {
        if (_name.Length != index.Length + 1) return false;
        for (var i = 0; i < index.Length; i++)
            if (_name[i + 1] != index[i]) return false;
        return true;
    }

    /// <summary>An x that its y did not follow.</summary>
    private void BreakPair(ICollection<GenerationEvent> found)
    {
        if (_tag?.OpenX is not { } x) return;
        _tag.OpenX = null;
        Note(NoteCode.UnpairedCoordinate, $"x{x.Index} = {x.Raw}", x.At, found);
    }

    private void AddPoint(double x, double y, ICollection<GenerationEvent> found)
    {
        var tag = _tag!;
        var point = new ImagePoint(++tag.PointCount, x, y);
        if (region is not null) point = region.ToImage(point);
        Report(new PointFound(0, tag.Group ??= _groups++, point.N, point.X, point.Y), found);
        if (++_points == ChatLimits.PointsDrawn + 1)
            Note(NoteCode.TooManyPoints,
                $"More than {ChatLimits.PointsDrawn} points: the rest are counted but not drawn.", _nameAt, found);
    }

    /// <summary>
    /// Three digits, a comma, three digits; white space around the comma. Complete at the sixth digit.
    /// </summary>
    private bool ReadShort(char c, ICollection<GenerationEvent> found)
    {
        var hasComma = _value.Length > 3;
        var isExpected = _value.Length == 3 ? c == ',' : char.IsAsciiDigit(c);
        if (isExpected)
        {
            _value.Append(c);
            if (_value.Length < 7) return true;
            AddPoint(Tenths(_value, 0), Tenths(_value, 4), found);
            _state = State.Unquoted;
            return true;
        }
        if (char.IsWhiteSpace(c) && (_value.Length == 3 || (hasComma && _value.Length == 4))) return true;

        Note(NoteCode.PointOutOfRange, $"{_name} = {_value}", _nameAt, found);
        _state = State.Unquoted;
        return false;
    }

    /// <summary>A value without its quotes. A coordinate so written is none, which is said.</summary>
    private bool ReadUnquoted(char c, ICollection<GenerationEvent> found)
    {
        if (!char.IsWhiteSpace(c) && c is not ('<' or '>'))
        {
            if (_value.Length < JunkLimit) _value.Append(c);
            return true;
        }
        _state = State.Attributes;
        _afterSpace = false;
        if (IsCoordinateName() && _name[0] == 'x') BeginPair(isExact: false, found);
        else if (IsCoordinateName()) EndPair(isExact: false, found);
        return false;
    }

    private bool ReadAlt(char c, ICollection<GenerationEvent> found)
    {
        if (c == '<')
        {
            BeginTagName();
        }
        else if (c == _quote)
        {
            _pending.Clear().Append(c);
            _state = State.AltQuote;
        }
        else
        {
            Put(c, found);
        }
        return true;
    }

    /// <summary>
    /// A quote inside alt. Training text is not escaped, so it ends alt only where <c>&gt;</c>, <c>/&gt;</c> or another
    /// attribute with a value follows.
    /// </summary>
    private bool ReadAltQuote(char c, ICollection<GenerationEvent> found)
    {
        var last = _pending[^1];
        var isSpaced = _pending.Length > 1 && char.IsWhiteSpace(_pending[1]);
        var isBlankSoFar = last == _quote || char.IsWhiteSpace(last);
        var goesOn = last switch
        {
            '=' or '/' => false,
            _ when char.IsWhiteSpace(c) => isBlankSoFar,
            _ when c == '/' => isBlankSoFar,
            _ when c == '=' => !isBlankSoFar,
            _ => isSpaced && IsNameCharacter(c),
        };
        if (goesOn)
        {
            _pending.Append(c);
            return true;
        }

        if (c == '>' && (isBlankSoFar || last == '/'))
        {
            EndAlt(found);
            _afterSlash = last == '/';
            return false;
        }
        if (last == '=' && (c is '"' or '\'' || char.IsAsciiDigit(c)))
        {
            EndAlt(found);
            var name = _pending.ToString(1, _pending.Length - 2);
            _nameAt = _at - name.TrimStart().Length - 1;
            _name.Clear().Append(name.Trim());
            _isSpaced = false;
            _state = State.BeforeValue;
            return false;
        }

        PutPending(State.Alt, found);
        return false;
    }

    private void EndAlt(ICollection<GenerationEvent> found)
    {
        BreakPair(found);
        _state = State.Attributes;
        _afterSpace = false;
    }

    /// <summary>
    /// Keeps aside what belongs to no attribute. White space is collapsed: it may be all there is. An escaped tag shows
    /// that this was no tag either.
    /// </summary>
    private void Skip(char c, ICollection<GenerationEvent> found)
    {
        _isAboutTags |= _escaped.Read(c);
        _afterSpace = char.IsWhiteSpace(c);
        if (!_afterSpace) BreakPair(found);
        else if (_junk.Length > 0 && char.IsWhiteSpace(_junk[^1])) return;
        _junk.Append(c);
        if (_junk.Length > JunkLimit || _isAboutTags) GiveUpTag(found);
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private bool IsCoordinateName() => _name.Length > 0 && _name[0] is 'x' or 'y' && AreDigits(_name, 1);

    private bool IsShortName() => _name.Equals("p") || AreDigits(_name, 0);

    private static bool AreDigits(StringBuilder text, int start)
    {
        for (var i = start; i < text.Length; i++)
            if (!char.IsAsciiDigit(text[i])) return false;
        return true;
    }

    /// <summary>
    /// Digits with an optional fraction, white space in front allowed; no sign, exponent, comma or other script's
    /// digits.
    /// </summary>
    private static double? Coordinate(StringBuilder value)
    {
        Span<char> copy = stackalloc char[JunkLimit];
        if (value.Length > copy.Length) return null;
        value.CopyTo(0, copy, value.Length);
        ReadOnlySpan<char> text = copy[..value.Length].TrimStart();
        var point = text.IndexOf('.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? "0" : text[(point + 1)..];
        if (!IsNumber(whole) || !IsNumber(fraction)) return null;
        if (text.Length > ExactDigits)
            return double.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        // Whole numbers and powers of ten of this size are exact, so that their quotient is the nearest number, too.
        var high = Digits(whole, 0);
        return point < 0 ? high : Digits(fraction, high) / Powers[fraction.Length];

        static long Digits(ReadOnlySpan<char> digits, long high)
        {
            foreach (var digit in digits) high = (high * 10) + (digit - '0');
            return high;
        }

        static bool IsNumber(ReadOnlySpan<char> digits)
            => digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
    }

    private static double Tenths(StringBuilder text, int start)
        => ((((text[start] - '0') * 10) + (text[start + 1] - '0')) * 10 + (text[start + 2] - '0')) / 10.0;
}
