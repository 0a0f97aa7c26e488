using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>Questions, answers and tables of points. Nobody's words become markup: every character that could is escaped.</summary>
internal static class MarkdownExport
{
    public static byte[] Write(Export export)
    {
        var text = new StringBuilder();
        foreach (var turn in export.Turns)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {OneLine(turn.Question)}\n\n");
            if (turn.Picture is { Address: { } address }) text.Append(CultureInfo.InvariantCulture, $"![The photo]({address})\n\n");
            text.Append(CultureInfo.InvariantCulture, $"{Lines(turn.Words)}\n\n");
            if (turn.Copied.Reason is null) text.Append("*The answer failed here.*\n\n");
            foreach (var group in turn.Groups) AppendTable(text, turn, group);
            if (turn.AuditResult is { } result) AppendAudit(text, turn, result);
        }
        text.Append("---\n\n");
        if (export.Pictures is [var first, ..])
        {
            var sizes = string.Join(", ", export.Pictures.Select(picture => string.Create(CultureInfo.InvariantCulture, $"{picture.Width} x {picture.Height} pixels")));
            text.Append(CultureInfo.InvariantCulture, $"{(first == export.Pictures[^1] ? "Picture" : "Pictures")}: {sizes}. x and y are in {Export.ScaleWords}.\n\n");
        }
        if (export.Turns.Select(turn => turn.Copied.Stamp).LastOrDefault(stamp => stamp is not null) is { } by)
            text.Append(CultureInfo.InvariantCulture, $"Answered by {OneLine($"{by.Model} {by.Revision}, {by.Precision}")}, {export.CreatedAt:d MMMM yyyy}.\n\n");
        if (export.Address is { } link) text.Append(CultureInfo.InvariantCulture, $"<{link}>\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendTable(StringBuilder text, ExportTurn turn, PointSegment group)
    {
        var hasVerdicts = turn.Audit is not null;
        text.Append(CultureInfo.InvariantCulture, $"**{OneLine(ExportTurn.NameOf(group))}**: {group.Points.Length}\n\n");
        AppendHead(text, turn, hasVerdicts);
        foreach (var (_, point, verdict) in turn.Judged().Where(judged => judged.Group == group)) AppendRow(text, turn, point.N, point.X, point.Y, verdict);
        text.Append('\n');
    }

    private static void AppendAudit(StringBuilder text, ExportTurn turn, AuditResult result)
    {
        text.Append(CultureInfo.InvariantCulture, $"**{AuditWords.Layer}**: {OneLine(AuditWords.Sentence(result))}\n\n");
        if (result.Missed == 0) return;
        AppendHead(text, turn, true);
        foreach (var (point, name) in turn.Missed) AppendRow(text, turn, null, point.X, point.Y, $"missed: {OneLine(name)}");
        text.Append('\n');
    }

    private static void AppendHead(StringBuilder text, ExportTurn turn, bool hasVerdicts)
        => text.Append(CultureInfo.InvariantCulture, $"| n | x % | y % |{(turn.Picture is null ? "" : " x px | y px |")}{(hasVerdicts ? " verdict |" : "")}\n|--:|--:|--:|{(turn.Picture is null ? "" : "--:|--:|")}{(hasVerdicts ? "---|" : "")}\n");

    private static void AppendRow(StringBuilder text, ExportTurn turn, int? n, double x, double y, string? verdict)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {n} | {x:0.##} | {y:0.##} |");
        if (turn.Picture is { } picture) text.Append(CultureInfo.InvariantCulture, $" {JsonExport.Pixels(x, picture.Width):0.#} | {JsonExport.Pixels(y, picture.Height):0.#} |");
        if (verdict is not null) text.Append(CultureInfo.InvariantCulture, $" {verdict} |");
        text.Append('\n');
    }

    /// <summary>Words that stay words, on one line.</summary>
    internal static string OneLine(string words) => Escaped(string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    private static string Lines(string words) => string.Join("  \n", words.ReplaceLineEndings("\n").Split('\n').Select(line => Escaped(line.Trim())));

    private static string Escaped(string words)
    {
        var text = new StringBuilder(words.Length);
        foreach (var c in words)
        {
            if (c is '<') text.Append("&lt;");
            else if (c is '>') text.Append("&gt;");
            else if (c is '&') text.Append("&amp;");
            else if (char.IsControl(c)) text.Append(' ');
            // A number with a stop begins a list, a colon may end the scheme of an address that is made a link by itself.
            else if (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && c is not (' ' or ',' or ';' or '?' or '\'' or '"')) text.Append('\\').Append(c);
            else text.Append(c);
        }
        return text.ToString();
    }
}
