namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Makes annotations of a row.</summary>
/// <param name="row">With the table's columns.</param>
/// <param name="size">Of its picture, upright, in pixels.</param>
/// <param name="random">Of this row alone; chooses the wording.</param>
internal delegate RowResult RowReader(TableRow row, (int Width, int Height) size, Random random);

/// <summary>A published table: what it is called, what is read of it, and what becomes of a row.</summary>
/// <param name="Name">As published, without what all names begin with.</param>
/// <param name="SourceColumn">What names the picture: its URL, or its name.</param>
/// <param name="HasPictures">Whether pictures may be in the table itself, and then each row has its own.</param>
/// <param name="Columns">Beside those of the picture.</param>
/// <param name="Read">Makes annotations of a row.</param>
internal sealed record PixMoTable(
    string Name, Column SourceColumn, bool HasPictures, ImmutableArray<Column> Columns, RowReader Read)
{
    private const string Prefix = "pixmo-";
    private const string HashColumn = "image_sha256";
    private const string BytesColumn = "image.bytes";

    private static readonly ImmutableArray<PixMoTable> All =
    [
        new("cap", Url, false, [new("caption", true), new("transcripts", false)], TextRows.ReadCaption),
        new("points", Url, false, PointRows.Columns, PointRows.ReadPercent),
        new("count", Url, false, PointRows.Columns, PointRows.ReadPixels),
        new("ask-model-anything", Url, false, [new("question", true), new("answer", true)], TextRows.ReadQuestion),
        new("cap-qa", Url, false, TextRows.ConversationColumns, TextRows.ReadConversation),
        new("point-explanations", Url, false, ExplanationRows.Columns, ExplanationRows.Read),
        new("clocks", new("example_id", false), true, [new("text", true)], DocumentRows.ReadClock),
        Document("charts", Styles.ChartsOfCode),
        Document("tables", Styles.Table),
        Document("diagrams", Styles.DiagramsOfCode),
        Document("other", Styles.OtherOfCode),
    ];

    private static Column Url => new("image_url", true);

    /// <summary>Of all tables, for what is said about them.</summary>
    public static string Names => string.Join(", ", All.Select(table => table.Name));

    /// <exception cref="CommandException">There is no such table.</exception>
    public static PixMoTable Of(string name)
    {
        var own = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name;
        return All.FirstOrDefault(table => table.Name.Equals(own, StringComparison.OrdinalIgnoreCase))
            ?? throw new CommandException($"There is no table {name}; there are {Names}.");
    }

    /// <summary>What finds a row's picture in a folder.</summary>
    public IReadOnlyList<Column> PictureColumns => [SourceColumn, new(HashColumn, false)];

    /// <summary>All that is read.</summary>
    public IReadOnlyList<Column> AllColumns
        => [.. PictureColumns, .. Columns, .. (Column[])(HasPictures ? [new(BytesColumn, false)] : [])];

    public string? SourceOf(TableRow row) => row.Text(SourceColumn.Path);

    public string? HashOf(TableRow row) => row.Text(HashColumn);

    /// <summary>The picture's file, if the row has it.</summary>
    public byte[]? PictureOf(TableRow row) => HasPictures ? row.Bytes(BytesColumn) : null;

    private static PixMoTable Document(string kind, string style) => new(
        $"docs-{kind}", new("image_id", false), true, DocumentRows.Columns,
        (row, _, _) => DocumentRows.ReadQuestions(row, style));
}
