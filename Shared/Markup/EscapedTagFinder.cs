namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Finds the name of a point tag whose bracket is written as an entity, such as <c>&amp;lt;points</c> or
/// <c>&amp;#60;/point</c>, in a text that comes character by character.
/// </summary>
internal sealed partial class EscapedTagFinder
{
    /// <summary>Longer than any way to write the bracket, and the limit of what is looked at twice.</summary>
    private const int Limit = 40;

    private readonly StringBuilder _read = new();

    /// <summary>Forgets what was read: the next character does not follow it.</summary>
    public void Reset() => _read.Clear();

    /// <summary>Takes the next character; true where a tag's name ended just before it.</summary>
    public bool Read(char c)
    {
        var isName = char.IsLetterOrDigit(c) || c is '_' or '-';
        var hasEnded = !isName && _read.Length > 0 && _read[^1] is 't' or 's' && Name().IsMatch(_read.ToString());
        if (c == '&') _read.Clear().Append(c);
        else if (_read.Length == 0) return false;
        else if (!hasEnded && _read.Length < Limit && (isName || c is ';' or '#' or '/')) _read.Append(c);
        else _read.Clear();
        return hasEnded;
    }

    [GeneratedRegex("^&(?:amp;)*(?:lt|#0*60|#[xX]0*3[cC]);?/?points?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
