using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Localization;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Questions, answers and tables of points. Nobody's words become markup: every character that could is escaped.
/// </summary>
internal static class MarkdownExport
{
    public static byte[] Write(Export export)
    {
        var text = new StringBuilder();
        foreach (var turn in export.Turns)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {OneLine(turn.Question)}\n\n");
            if (turn.Picture is { Address: { } address })
                text.Append(CultureInfo.InvariantCulture, $"![{T("The photo")}]({address})\n\n");
            text.Append(CultureInfo.InvariantCulture, $"{Lines(turn.Words)}\n\n");
            if (turn.Copied.Reason is null) text.Append('*').Append(T("The answer failed here.")).Append("*\n\n");
            foreach (var words in turn.Caveats)
                text.Append(CultureInfo.InvariantCulture, $"*{OneLine(words)}*\n\n");
            var points = turn.Points().ToLookup(point => point.Segment);
            foreach (var group in turn.Groups)
                AppendTable(text, turn, OneLine(ExportTurn.NameOf(group)), $"{group.Points.Length}", points[group]);
            if (turn.AuditResult is { } result)
                AppendTable(
                    text, turn, AuditWords.Layer, OneLine($"{turn.Corrected} {AuditWords.Sentence(result)}"),
                    points[null]);
        }
        text.Append("---\n\n");
        if (export.Pictures is [var first, ..])
        {
            var sizes = string.Join(", ", export.Pictures.Select(
                picture => T("{0} x {1} pixels", picture.Width, picture.Height)));
            text.Append(first == export.Pictures[^1] ? T("Picture: {0}.", sizes) : T("Pictures: {0}.", sizes))
                .Append(CultureInfo.InvariantCulture, $" {T("x and y are in {0}.", Export.ScaleInWords)}\n\n");
        }
        if (export.Turns.Select(turn => turn.Copied.Stamp).LastOrDefault(stamp => stamp is not null) is { } by)
            text.Append(T("Answered by {0}, {1}.",
                OneLine($"{by.Model} {by.Revision}, {by.Precision}"),
                export.CreatedAt.ToString(T("d MMMM yyyy"), Texts.Culture))).Append("\n\n");
        if (export.Address is { } link) text.Append(CultureInfo.InvariantCulture, $"<{link}>\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendTable(
        StringBuilder text, ExportTurn turn, string title, string words, IEnumerable<ExportPoint> points)
    {
        text.Append(CultureInfo.InvariantCulture, $"**{title}**: {words}\n\n");
        if (!points.Any()) return;
        var (hasImage, hasVerdicts) = (turn.Picture is not null, turn.Audit is not null);
        text.Append(CultureInfo.InvariantCulture,
            $"| n | x % | y % |{(hasImage ? " x px | y px |" : "")}{(hasVerdicts ? $" {T("verdict")} |" : "")}\n")
            .Append(CultureInfo.InvariantCulture,
                $"|--:|--:|--:|{(hasImage ? "--:|--:|" : "")}{(hasVerdicts ? "---|" : "")}\n");
        foreach (var point in points)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {point.N} | {point.X:0.##} | {point.Y:0.##} |");
            if (hasImage) text.Append(CultureInfo.InvariantCulture, $" {point.Left:0.#} | {point.Top:0.#} |");
            if (hasVerdicts)
                text.Append(CultureInfo.InvariantCulture,
                    $" {Verdicts.Word(point.Verdict)}{(point.Segment is null ? $": {OneLine(point.Name)}" : "")} |");
            text.Append('\n');
        }
        text.Append('\n');
    }

    /// <summary>Words that stay words, on one line.</summary>
    internal static string OneLine(string words)
        => Escaped(string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    private static string Lines(string words)
        => string.Join("  \n", words.ReplaceLineEndings("\n").Split('\n').Select(line => Escaped(line.Trim())));

    private static string Escaped(string words)
    {
        var text = new StringBuilder(words.Length);
        foreach (var c in words)
        {
            if (c is '<') text.Append("&lt;");
            else if (c is '>') text.Append("&gt;");
            else if (c is '&') text.Append("&amp;");
            else if (char.IsControl(c)) text.Append(' ');
            // A number with a stop begins a list, a colon may end the scheme of an address that is made a link by
            // itself.
            else if (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c)
                && c is not (' ' or ',' or ';' or '?' or '\'' or '"'))
                text.Append('\\').Append(c);
            else text.Append(c);
        }
        return text.ToString();
    }
}
