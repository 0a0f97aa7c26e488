namespace Molmo.Demo.Shared.Markup;

/// <summary>
/// Whether a whole answer is a point answer and nothing else, as the reference's pointing score demands: one tag with
/// its attributes in training order, or a list of <c>(x, y)</c>. White space around it is allowed.
/// </summary>
public static class PointAnswerFormat
{
    private const string TextOpening = "alt=\"";

    /// <summary>Whether the text has the form. Values out of range do not matter here.</summary>
    public static bool IsValid(string text)
    {
        var answer = text.AsSpan().Trim();
        return IsList(answer) || IsTag(answer, "point") || IsTag(answer, "points");
    }

    private static bool IsList(ReadOnlySpan<char> answer)
    {
        var scan = new TextScanner(answer);
        do
        {
            if (!scan.Accept('(') || !Signed(ref scan) || !scan.Accept(',') || !Signed(ref scan) || !scan.Accept(')'))
                return false;
            scan.Accept('\n');
        }
        while (!scan.IsAtEnd);
        return true;
    }

    private static bool Signed(ref TextScanner scan)
    {
        scan.Space();
        scan.Accept('-');
        var isNumber = scan.Number(out _);
        scan.Space();
        return isNumber;
    }

    private static bool IsTag(ReadOnlySpan<char> answer, string name)
    {
        var isMany = name == "points";
        var scan = new TextScanner(answer);
        if (!scan.Accept('<') || !scan.Accept(name) || !scan.Space()) return false;

        var isShort = scan.Rest is ['p' or (>= '0' and <= '9'), ..];
        do
        {
            if (!(isShort ? Short(ref scan, isMany) : Pair(ref scan, isMany)) || !scan.Space()) return false;
        }
        while (isMany && !scan.Rest.StartsWith(TextOpening, StringComparison.Ordinal));

        if (!scan.Accept(TextOpening)) return false;
        var end = scan.Rest.IndexOf("\">", StringComparison.Ordinal);
        return end >= 0 && scan.Rest[(end + 2)..].EndsWith($"</{name}>", StringComparison.Ordinal);
    }

    private static bool Pair(ref TextScanner scan, bool isNumbered)
        => Coordinate(ref scan, 'x', isNumbered) && scan.Space() && Coordinate(ref scan, 'y', isNumbered);

    private static bool Coordinate(ref TextScanner scan, char name, bool isNumbered)
    {
        if (!scan.Accept(name) || scan.Digits() != isNumbered || !scan.Accept("=\"")) return false;
        scan.Space();
        return scan.Number(out _) && scan.Accept('"');
    }

    private static bool Short(ref TextScanner scan, bool isNumbered)
        => (isNumbered ? scan.Digits() : scan.Accept('p')) && scan.Accept('=')
            && PointExtraction.ShortPair(ref scan, out _, out _);
}
