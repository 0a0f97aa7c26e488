namespace Molmo.Demo.Shared.Markup;

/// <summary>A place in a text that moves forward over what it accepts.</summary>
internal ref struct TextScanner(ReadOnlySpan<char> text, int at = 0)
{
    private readonly ReadOnlySpan<char> _text = text;

    public int At { get; set; } = at;

    public readonly bool IsAtEnd => At >= _text.Length;

    public readonly ReadOnlySpan<char> Rest => _text[At..];

    public bool Accept(char expected)
    {
        if (IsAtEnd || _text[At] != expected) return false;
        At++;
        return true;
    }

    public bool Accept(string expected)
    {
        if (!Rest.StartsWith(expected, StringComparison.Ordinal)) return false;
        At += expected.Length;
        return true;
    }

    public bool Space()
    {
        var start = At;
        while (!IsAtEnd && char.IsWhiteSpace(_text[At])) At++;
        return At > start;
    }

    public bool Digits()
    {
        var start = At;
        while (!IsAtEnd && char.IsAsciiDigit(_text[At])) At++;
        return At > start;
    }

    /// <summary>Digits with an optional fraction.</summary>
    public bool Number(out double value)
    {
        var start = At;
        value = 0;
        if (!Digits()) return false;
        if (Accept('.') && !Digits()) return false;
        value = Parse(_text[start..At]);
        return true;
    }

    /// <summary>
    /// Digits, a point and at least one digit; takes only the first of them where <paramref name="isOneDecimal"/>.
    /// </summary>
    public bool Fraction(bool isOneDecimal, out double value)
    {
        var start = At;
        value = 0;
        if (!Digits() || !Accept('.')) return false;
        var first = At;
        if (!Digits()) return false;
        if (isOneDecimal) At = first + 1;
        value = Parse(_text[start..At]);
        return true;
    }

    /// <summary>Three digits, tenths of a percent.</summary>
    public bool Tenths(out double value)
    {
        value = 0;
        if (Rest.Length < 3 || Rest[..3].ContainsAnyExceptInRange('0', '9')) return false;
        value = Parse(Rest[..3]) / 10;
        At += 3;
        return true;
    }

    private static double Parse(ReadOnlySpan<char> digits)
        => double.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
