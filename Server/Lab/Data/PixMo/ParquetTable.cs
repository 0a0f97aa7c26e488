using Parquet;

namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows of a parquet file, of which one row group at a time is in memory.</summary>
internal static class ParquetTable
{
    public static async IAsyncEnumerable<TableRow> ReadAsync(
        string path, IReadOnlyList<Column> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await GuardAsync(
            path, async () => await ParquetReader.CreateAsync(path, cancellationToken: cancellationToken));
        var (leaves, groupCount) = await GuardAsync(
            path, () => Task.FromResult((ParquetLeaf.All(reader.Schema).ToArray(), reader.RowGroupCount)));
        foreach (var column in columns.Where(column => column.IsRequired))
            if (!leaves.Any(leaf => leaf.Path == column.Path)) throw TableFile.Missing($"The file {path}", column);
        leaves = [.. leaves.Where(leaf => columns.Any(column => column.Path == leaf.Path))];

        var number = 0L;
        for (var i = 0; i < groupCount; i++)
        {
            var group = i;
            var fields = await GuardAsync(path, () => ReadGroupAsync(reader, group, leaves, cancellationToken));
            foreach (var row in fields) yield return new TableRow(path, ++number, row);
        }
    }

    private static async Task<Dictionary<string, object?>[]> ReadGroupAsync(
        ParquetReader reader, int index, ParquetLeaf[] leaves, CancellationToken cancellationToken)
    {
        using var group = reader.OpenRowGroupReader(index);
        var columns = new IReadOnlyList<object?>[leaves.Length];
        for (var i = 0; i < leaves.Length; i++)
        {
            columns[i] = await leaves[i].ReadAsync(group, cancellationToken);
            if (columns[i].Count != group.RowCount)
                throw new InvalidDataException(
                    $"{leaves[i].Path} has {columns[i].Count} rows where there are {group.RowCount}");
        }

        // Made only now: a broken file may speak of any number of rows.
        var rows = new Dictionary<string, object?>[group.RowCount];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = [];
            for (var i = 0; i < leaves.Length; i++) rows[row][leaves[i].Path] = columns[i][row];
        }

        return rows;
    }

    /// <summary>A broken file fails in the reader in any way there is, from bad lengths to bad indices.</summary>
    private static async Task<T> GuardAsync<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not (CommandException or OperationCanceledException))
        {
            throw new CommandException(
                $"The file {path} cannot be read as parquet ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}). "
                    + "Fetch it again.", e);
        }
    }
}
