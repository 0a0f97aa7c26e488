namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>One row a point, for spreadsheets; RFC 4180 with a byte order mark, without which they take UTF-8 for something else.</summary>
internal static class CsvExport
{
    // What a spreadsheet may take for a formula, in half and full width; a tab or a line break may hide one.
    private const string FormulaStarts = "=+-@|%\t\r\n＝＋－＠｜％";

    private static readonly string[] Header =
        ["turn", "question", "group", "label", "text", "n", "x_percent", "y_percent", "x_pixel", "y_pixel", "picture", "picture_width", "picture_height",
            "source", "verdict"];

    public static byte[] Write(Export export)
    {
        var rows = new StringBuilder("\ufeff");
        Append(rows, Header);
        foreach (var turn in export.Turns)
        {
            foreach (var (group, point, verdict) in turn.Judged())
                Append(rows, Row(turn, group.Group, ExportTurn.NameOf(group), group.Text, point.N, point.X, point.Y, Verdicts.Model, verdict ?? ""));
            foreach (var (point, name) in turn.Missed)
                Append(rows, Row(turn, point.Group, name, "", null, point.X, point.Y, Verdicts.Person, Verdicts.Missed));
        }
        return Encoding.UTF8.GetBytes(rows.ToString());
    }

    /// <summary>
    /// A cell that stays text: quoted, and with an apostrophe before anything that would be calculated. Not only at the
    /// start, because spaces and what cannot be seen may stand before it.
    /// </summary>
    internal static string Text(string text)
    {
        var first = text.FirstOrDefault(c => !char.IsWhiteSpace(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control));
        var isFormula = FormulaStarts.Contains(first) || (text.Length > 0 && FormulaStarts.Contains(text[0]));
        return $"\"{(isFormula ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static IEnumerable<string> Row(ExportTurn turn, int group, string label, string text, int? n, double x, double y, string source, string verdict) =>
    [
        Number(turn.Number), Text(turn.Question), Number(group + 1), Text(label), Text(text), Number(n), Number(x), Number(y),
        turn.Picture is { } across ? Number(JsonExport.Pixels(x, across.Width)) : "",
        turn.Picture is { } down ? Number(JsonExport.Pixels(y, down.Height)) : "",
        Number(turn.Picture?.Number), Number(turn.Picture?.Width), Number(turn.Picture?.Height), source, verdict,
    ];

    private static string Number(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    private static void Append(StringBuilder rows, IEnumerable<string> cells) => rows.AppendJoin(',', cells).Append("\r\n");
}
