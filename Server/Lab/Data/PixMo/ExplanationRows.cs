namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>PixMo-Point-Explanations: answers in words with points among them, in percent.</summary>
internal static class ExplanationRows
{
    private const string Mark = "<|POINT|>";

    public static ImmutableArray<Column> Columns { get; } =
    [
        new("question", true), new("parsed_response", true), new("alt_text", true), new("inline_text", true),
        new("points.x", false), new("points.y", false), new("points", false),
    ];

    public static RowResult Read(TableRow row, (int Width, int Height) size, Random random)
    {
        if (row.Text("question") is not { } question || row.Text("parsed_response") is not { } response)
            return RowResult.Without(LeftOut.Incomplete);
        var parts = response.Split(Mark);
        var (alts, inlines) = (row.Texts("alt_text") ?? [], row.Texts("inline_text") ?? []);
        var points = row.PointLists("points") ?? [];
        var count = parts.Length - 1;
        if (alts.Count != count || inlines.Count != count || points.Count != count
            || points.Any(group => group.Count == 0))
            return RowResult.Without(LeftOut.NoPoints);
        if (points.Any(group => group.Count > PointRows.MostPoints)) return RowResult.Without(LeftOut.ManyPoints);
        if (!points.All(PointRows.AreInside)) return RowResult.Without(LeftOut.OutsidePoints);

        var answer = new StringBuilder(parts[0]);
        for (var i = 0; i < count; i++)
            answer.Append(PointText.Markup(inlines[i] ?? "", alts[i] ?? "", points[i])).Append(parts[i + 1]);
        return new RowResult([new(Styles.PointExplanation, question, answer.ToString())]);
    }
}
