using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Markup;

/// <content>
/// A beginning of a tag that is written wrongly: with capitals, blanks after its bracket, a number, or without the
/// blank before its first attribute. It is one only where a coordinate or alt in its exact form follows.
/// </content>
public sealed partial class PointMarkupParser
{
    /// <summary>Longest beginning; more is prose.</summary>
    private const int LooseLimit = 24;

    private const string LoosePoint = "<point";

    private bool ReadLooseName(char c, ICollection<GenerationEvent> found)
    {
        // Where the name ends: after its letters, after its number, and after the blanks behind both.
        var letters = LettersEnd();
        var name = letters < 0 ? -1 : After(letters, char.IsAsciiDigit);
        var blanks = name < 0 ? -1 : After(name, char.IsWhiteSpace);
        var (isSpaced, hasNumber) = (blanks > name, name > letters);
        var goesOn = _pending.Length < LooseLimit && (letters < 0
            ? IsNextLetter(c)
            : char.IsWhiteSpace(c)
                || (!isSpaced && (char.IsAsciiDigit(c) || (!hasNumber && c is 's' or 'S' && letters == EndOfPoint()))));
        if (goesOn)
        {
            _pending.Append(c);
            return true;
        }

        if (letters >= 0 && _pending.Length < LooseLimit && (isSpaced || !hasNumber) && c is 'x' or 'y' or 'a')
        {
            BeginOrphan(_pending.Length);
            _pending.Append(c);
            return true;
        }
        if (letters >= 0 && !isSpaced && hasNumber && c == '=')
        {
            BeginOrphan(letters);
            return false;
        }
        PutPending(State.Prose, found);
        return false;
    }

    // The beginning is kept aside until its first attribute is certain.
    private void BeginOrphan(int nameAt)
    {
        _opening.Clear().Append(_pending, 0, nameAt);
        _pending.Remove(0, nameAt);
        _state = State.Orphan;
    }

    private bool IsNextLetter(char c)
    {
        var at = _pending.Length - BlanksAfterBracket();
        return (at == 1 && char.IsWhiteSpace(c)) || LoosePoint[at] == char.ToLowerInvariant(c);
    }

    private int BlanksAfterBracket() => After(1, char.IsWhiteSpace) - 1;

    private int EndOfPoint() => LoosePoint.Length + BlanksAfterBracket();

    // Behind "point" or "points"; -1 where it is not complete.
    private int LettersEnd()
    {
        var end = EndOfPoint();
        if (_pending.Length < end) return -1;
        return _pending.Length > end && _pending[end] is 's' or 'S' ? end + 1 : end;
    }

    private int After(int at, Func<char, bool> isMeant)
    {
        while (at < _pending.Length && isMeant(_pending[at])) at++;
        return at;
    }
}
