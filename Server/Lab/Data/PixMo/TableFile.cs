namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows of a table in a file, one part of it after the other.</summary>
internal static class TableFile
{
    /// <summary>Reads parquet, or JSON lines with the same names of fields.</summary>
    /// <param name="path">Parquet where it ends so or begins so.</param>
    /// <param name="columns">Others are passed over.</param>
    /// <param name="cancellationToken">Ends it between two parts.</param>
    /// <exception cref="CommandException">
    /// The file is missing or broken, or it lacks a column that is required.
    /// </exception>
    public static async IAsyncEnumerable<TableRow> ReadAsync(
        string path, IReadOnlyList<Column> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}.");
        var rows = IsParquet(path)
            ? ParquetTable.ReadAsync(path, columns, cancellationToken)
            : JsonLinesTable.ReadAsync(path, columns, cancellationToken);
        await foreach (var row in rows) yield return row;
    }

    /// <summary>The sentence about a column that is not there.</summary>
    internal static CommandException Missing(string where, Column column) => new(
        $"{where} has no field {column.Path}. Name the table that the file is of.");

    private static bool IsParquet(string path)
    {
        if (path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)) return true;
        try
        {
            using var file = File.OpenRead(path);
            var start = new byte[4];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && start.AsSpan().SequenceEqual("PAR1"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be read: {e.Message}", e);
        }
    }
}
