using System.Globalization;

namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Points in a text as the reference's evaluation takes them: four forms, each looked for anywhere, markup or not. Scores
/// are comparable only with exactly these rules; what is shown to people comes from <see cref="PointMarkupParser"/>.
/// </summary>
public static class PointExtraction
{
    /// <summary>
    /// Points in pixels of a picture of the given size, neither rounded nor clipped; one with a coordinate above 100
    /// percent is left out. Ordered by form first, then by position: <c>Click(x, y)</c>, <c>(x, y)</c>, x and y
    /// attributes, <c>1=123,456</c>. A click also has the second form and so counts twice.
    /// </summary>
    public static IReadOnlyList<(double X, double Y)> Extract(string text, double width, double height)
    {
        var points = new List<(double X, double Y)>();
        AddBracketed(text, "Click(", isLoose: false, points);
        AddBracketed(text, "(", isLoose: true, points);
        AddAttributes(text, points);
        AddShort(text, points);
        return [.. from point in points where point is { X: <= 100, Y: <= 100 } select (point.X / 100 * width, point.Y / 100 * height)];
    }

    /// <summary>Exactly one decimal each. The loose form may lack its comma.</summary>
    private static void AddBracketed(string text, string opening, bool isLoose, List<(double X, double Y)> points)
    {
        for (var start = text.IndexOf(opening, StringComparison.Ordinal); start >= 0; start = text.IndexOf(opening, start + 1, StringComparison.Ordinal))
        {
            var at = start + opening.Length;
            if (!OneDecimal(text, ref at, out var x)) continue;
            if (!Accept(text, ref at, ',') && !isLoose) continue;
            Accept(text, ref at, ' ');
            if (OneDecimal(text, ref at, out var y) && Accept(text, ref at, ')')) points.Add((x, y));
        }
    }

    /// <summary>Numbers behind x and y are ignored, and so is what stands before the x.</summary>
    private static void AddAttributes(string text, List<(double X, double Y)> points)
    {
        for (var at = text.IndexOf('x', StringComparison.Ordinal); at >= 0; at = text.IndexOf('x', at))
        {
            var end = at++;
            if (!Attribute(text, ref end, 'x', out var x)) continue;
            if (!SkipSpace(text, ref end)) continue;
            if (!Attribute(text, ref end, 'y', out var y)) continue;
            points.Add((x, y));
            at = end;
        }
    }

    /// <summary>Tenths of a percent in three digits each after a number or a p.</summary>
    private static void AddShort(string text, List<(double X, double Y)> points)
    {
        var taken = 0;
        for (var at = text.IndexOf('=', StringComparison.Ordinal); at >= 0; at = text.IndexOf('=', at))
        {
            var before = at - 1;
            var end = ++at;
            while (before >= taken && char.IsWhiteSpace(text[before])) before--;
            if (before < taken || !(char.IsAsciiDigit(text[before]) || text[before] == 'p')) continue;

            SkipSpace(text, ref end);
            if (!ThreeDigits(text, ref end, out var x)) continue;
            SkipSpace(text, ref end);
            if (!Accept(text, ref end, ',')) continue;
            SkipSpace(text, ref end);
            if (!ThreeDigits(text, ref end, out var y)) continue;
            points.Add((x, y));
            at = taken = end;
        }
    }

    private static bool Attribute(string text, ref int at, char name, out double value)
    {
        value = 0;
        if (!Accept(text, ref at, name)) return false;
        Digits(text, ref at);
        if (!Accept(text, ref at, '=') || !Accept(text, ref at, '"')) return false;
        SkipSpace(text, ref at);
        var start = at;
        if (Digits(text, ref at) == 0) return false;
        if (Accept(text, ref at, '.') && Digits(text, ref at) == 0) return false;
        value = Number(text.AsSpan(start, at - start));
        return Accept(text, ref at, '"');
    }

    private static bool OneDecimal(string text, ref int at, out double value)
    {
        var start = at;
        value = 0;
        if (Digits(text, ref at) == 0 || !Accept(text, ref at, '.')) return false;
        if (at >= text.Length || !char.IsAsciiDigit(text[at])) return false;
        value = Number(text.AsSpan(start, ++at - start));
        return true;
    }

    private static bool ThreeDigits(string text, ref int at, out double tenths)
    {
        tenths = 0;
        if (at + 3 > text.Length || text.AsSpan(at, 3).ContainsAnyExceptInRange('0', '9')) return false;
        tenths = Number(text.AsSpan(at, 3)) / 10;
        at += 3;
        return true;
    }

    private static int Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at - start;
    }

    private static bool SkipSpace(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at > start;
    }

    private static bool Accept(string text, ref int at, char expected)
    {
        if (at >= text.Length || text[at] != expected) return false;
        at++;
        return true;
    }

    private static double Number(ReadOnlySpan<char> digits)
        => double.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
