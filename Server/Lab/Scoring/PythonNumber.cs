namespace Molmo.Demo.Lab.Scoring;

/// <summary>Numbers as the language of the published evaluation reads them.</summary>
internal static class PythonNumber
{
    /// <summary>
    /// A number with spaces around it, underscores between digits, an exponent, or one of the words for infinity and
    /// for what is no number; with a percent sign behind it, a hundredth of it. Null for anything else.
    /// </summary>
    public static double? Parse(string text)
        => text.EndsWith('%') ? Read(text.TrimEnd('%')) / 100 : Read(text);

    /// <summary>The same without percentages.</summary>
    public static double? Read(string text)
    {
        var number = text.Trim();
        var sign = number is ['+' or '-', ..] ? number[0] == '-' ? -1 : 1 : 0;
        switch ((sign == 0 ? number : number[1..]).ToLowerInvariant())
        {
            case "inf" or "infinity": return sign < 0 ? double.NegativeInfinity : double.PositiveInfinity;
            case "nan": return double.NaN;
        }
        for (var i = 0; i < number.Length; i++)
            if (number[i] == '_' && !(i > 0 && i + 1 < number.Length && char.IsAsciiDigit(number[i - 1])
                && char.IsAsciiDigit(number[i + 1])))
                return null;
        const NumberStyles style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(
            number.Replace("_", "", StringComparison.Ordinal), style, CultureInfo.InvariantCulture, out var value)
            && char.IsAsciiDigit(number.TrimStart('+', '-', '.').FirstOrDefault())
            ? value
            : null;
    }
}
