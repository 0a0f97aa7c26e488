using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// One row a point, for spreadsheets; RFC 4180 with a byte order mark, without which they take UTF-8 for something
/// else. Each row carries the count of its kind of thing, as the model gave it and as a person found it.
/// </summary>
internal static class CsvExport
{
    // What a spreadsheet may take for a formula, in half and full width; a tab or a line break may hide one.
    private const string FormulaStarts = "=+-@|%\t\r\n＝＋－＠｜％";

    private static readonly string[] Header =
        ["turn", "question", "group", "label", "text", "n", "x_percent", "y_percent", "x_pixel", "y_pixel", "picture",
            "picture_width", "picture_height", "source", "verdict", "count_given", "count", "picture_file"];

    public static byte[] Write(Export export)
    {
        var rows = new StringBuilder("\ufeff");
        Append(rows, Header);
        foreach (var turn in export.Turns)
        {
            var counts = turn.Claim?.Groups
                .SelectMany(group => group.Numbers.Select(number => (number, group))).ToDictionary() ?? [];
            foreach (var point in turn.Points())
                Append(rows, Row(turn, point, counts.GetValueOrDefault(point.Group)));
        }
        return Encoding.UTF8.GetBytes(rows.ToString());
    }

    /// <summary>
    /// A cell that stays text: quoted, and with an apostrophe before anything that would be calculated. Not only at the
    /// start, because spaces and what cannot be seen may stand before it.
    /// </summary>
    internal static string Text(string text)
    {
        var first = text.FirstOrDefault(c => !char.IsWhiteSpace(c)
            && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control));
        var isFormula = FormulaStarts.Contains(first) || (text.Length > 0 && FormulaStarts.Contains(text[0]));
        return $"\"{(isFormula ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static IEnumerable<string> Row(ExportTurn turn, ExportPoint point, ClaimGroup? counted) =>
    [
        Number(turn.Number), Text(turn.Question), Number(point.Group + 1), Text(point.Name), Text(point.Segment?.Text
            ?? ""), Number(point.N), Number(point.X), Number(point.Y), Number(point.Left), Number(point.Top),
        Number(turn.Picture?.Number), Number(turn.Picture?.Width), Number(turn.Picture?.Height), point.Source,
        point.Verdict ?? "", Number(counted?.Given), Number(counted?.Count),
        turn.Picture is { } picture ? Text(picture.FileName) : "",
    ];

    private static string Number(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    private static void Append(StringBuilder rows, IEnumerable<string> cells)
        => rows.AppendJoin(',', cells).Append("\r\n");
}
