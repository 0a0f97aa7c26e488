namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Points in a text as the reference's evaluation takes them: four forms, each looked for anywhere, markup or not.
/// Scores are comparable only with exactly these rules; what is shown to people comes from
/// <see cref="PointMarkupParser"/>.
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
        return [.. from point in points where point is { X: <= 100, Y: <= 100 }
            select (point.X / 100 * width, point.Y / 100 * height)];
    }

    /// <summary>Boxes: each point with the next one, a last odd one left out.</summary>
    public static IReadOnlyList<(double X1, double Y1, double X2, double Y2)> ExtractBoxes(
        string text, double width, double height)
        => [.. from pair in Extract(text, width, height).Chunk(2) where pair.Length == 2
            select (pair[0].X, pair[0].Y, pair[1].X, pair[1].Y)];

    /// <summary>
    /// Pairs of fractions of the picture, <c>0.25, 0.5</c>, in pixels; one with a number above 100 is left out.
    /// </summary>
    public static IReadOnlyList<(double X, double Y)> ExtractFractions(string text, double width, double height)
    {
        var points = new List<(double X, double Y)>();
        for (var at = 0; at < text.Length; at++)
        {
            var scan = new TextScanner(text, at);
            if (scan.Fraction(isOneDecimal: false, out var x) && scan.Accept(','))
            {
                scan.Space();
                if (scan.Fraction(isOneDecimal: false, out var y))
                {
                    if (x <= 100 && y <= 100) points.Add((x * width, y * height));
                    at = scan.At - 1;
                    continue;
                }
            }
            // Within the same digits a later start would only see their tail, which fails for the same reason.
            var digits = new TextScanner(text, at);
            if (digits.Digits()) at = digits.At - 1;
        }
        return points;
    }

    /// <summary>Exactly one decimal each. The loose form may lack its comma.</summary>
    private static void AddBracketed(string text, string opening, bool isLoose, List<(double X, double Y)> points)
    {
        for (var start = text.IndexOf(opening, StringComparison.Ordinal); start >= 0;
            start = text.IndexOf(opening, start + 1, StringComparison.Ordinal))
        {
            var scan = new TextScanner(text, start + opening.Length);
            if (!scan.Fraction(isOneDecimal: true, out var x)) continue;
            if (!scan.Accept(',') && !isLoose) continue;
            scan.Accept(' ');
            if (scan.Fraction(isOneDecimal: true, out var y) && scan.Accept(')')) points.Add((x, y));
        }
    }

    /// <summary>Numbers behind x and y are ignored, and so is what stands before the x.</summary>
    private static void AddAttributes(string text, List<(double X, double Y)> points)
    {
        for (var at = text.IndexOf('x', StringComparison.Ordinal); at >= 0; at = text.IndexOf('x', at))
        {
            var scan = new TextScanner(text, at++);
            if (!Attribute(ref scan, 'x', out var x) || !scan.Space() || !Attribute(ref scan, 'y', out var y)) continue;
            points.Add((x, y));
            at = scan.At;
        }
    }

    private static bool Attribute(ref TextScanner scan, char name, out double value)
    {
        value = 0;
        if (!scan.Accept(name)) return false;
        scan.Digits();
        if (!scan.Accept("=\"")) return false;
        scan.Space();
        return scan.Number(out value) && scan.Accept('"');
    }

    /// <summary>Tenths of a percent in three digits each after a number or a p.</summary>
    private static void AddShort(string text, List<(double X, double Y)> points)
    {
        var taken = 0;
        for (var at = text.IndexOf('=', StringComparison.Ordinal); at >= 0; at = text.IndexOf('=', at))
        {
            var before = at - 1;
            while (before >= taken && char.IsWhiteSpace(text[before])) before--;
            var scan = new TextScanner(text, ++at);
            if (before < taken || !(char.IsAsciiDigit(text[before]) || text[before] == 'p')) continue;
            if (!ShortPair(ref scan, out var x, out var y)) continue;
            points.Add((x, y));
            at = taken = scan.At;
        }
    }

    internal static bool ShortPair(ref TextScanner scan, out double x, out double y)
    {
        y = 0;
        scan.Space();
        if (!scan.Tenths(out x)) return false;
        scan.Space();
        if (!scan.Accept(',')) return false;
        scan.Space();
        return scan.Tenths(out y);
    }
}
