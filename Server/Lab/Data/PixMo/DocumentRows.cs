namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows with pictures that a program drew: clocks and documents.</summary>
internal static class DocumentRows
{
    public static ImmutableArray<Column> Columns { get; } =
        [new("questions.question", true), new("questions.answer", true)];

    /// <summary>PixMo-Clocks, asked as the published evaluation asks.</summary>
    public static RowResult ReadClock(TableRow row, (int Width, int Height) size, Random random)
    {
        if (row.Text("text") is not { } time) return RowResult.Without(LeftOut.Incomplete);
        // Of a face without hands the text says so. No stop at the end: the published evaluation reads "8:15." as none.
        var answer = time.Any(char.IsAsciiDigit) ? $"The time shown is {time}" : time;
        return new RowResult([new(Styles.Clock, "What time is being shown?", answer)]);
    }

    /// <summary>PixMo-Docs.</summary>
    public static RowResult ReadQuestions(TableRow row, string style)
    {
        var (questions, answers) = (row.Texts("questions.question") ?? [], row.Texts("questions.answer") ?? []);
        Annotation[] annotations =
        [
            .. questions.Zip(answers).Where(pair => pair is { First: not null, Second: not null })
                .Select(pair => new Annotation(style, pair.First!, pair.Second!)),
        ];
        return annotations.Length > 0 ? new RowResult(annotations) : RowResult.Without(LeftOut.Incomplete);
    }
}
