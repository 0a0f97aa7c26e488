namespace Molmo.Demo.Server.Storage;

/// <summary>
/// What the data folder says of its database, beside it: whose it is, and how often a server was started on it at
/// least.
/// </summary>
/// <param name="Id">The database's own number.</param>
/// <param name="Starts">Starts so far. The database's count is never lower, unless it is an older copy.</param>
internal sealed record DataMark(string Id, long Starts)
{
    /// <summary>The mark of a folder; null where there is none, or none that can be read.</summary>
    public static DataMark? Read(DataFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize<DataMark>(File.ReadAllBytes(folder.Mark)) is { Id: not null } mark
                ? mark
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(DataFolder folder)
    {
        var temporary = folder.Mark + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, folder.Mark, overwrite: true);
    }
}
