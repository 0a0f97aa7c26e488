namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows of a table as JSON objects, one a line.</summary>
internal static class JsonLinesTable
{
    /// <summary>Of a path that leads nowhere, which is not the same as to null.</summary>
    private static readonly object Absent = new();

    public static async IAsyncEnumerable<TableRow> ReadAsync(
        string path, IReadOnlyList<Column> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0L;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return Parse(path, number, line, columns);
        }
    }

    private static TableRow Parse(string path, long number, string line, IReadOnlyList<Column> columns)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("it is not an object");
            var fields = new Dictionary<string, object?>();
            foreach (var column in columns)
            {
                var value = Resolve(json.RootElement, column.Path.Split('.'));
                if (value == Absent && column.IsRequired)
                    throw TableFile.Missing($"Line {number} of {path}", column);
                fields[column.Path] = value == Absent ? null : value;
            }

            return new TableRow(path, number, fields);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CommandException(
                $"Line {number} of {path} is not a row ({e.Message.TrimEnd('.')}). Give tables as parquet or JSON "
                    + "lines.", e);
        }
    }

    private static object? Resolve(JsonElement element, ReadOnlySpan<string> path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null: return null;
            case JsonValueKind.Array: return ResolveAll(element, path);
            case JsonValueKind.Object:
                return path.Length > 0 && element.TryGetProperty(path[0], out var inner)
                    ? Resolve(inner, path[1..])
                    : Absent;
            case var _ when path.Length > 0: return Absent;
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.Number: return element.GetDouble();
            default: return element.GetBoolean();
        }
    }

    private static object ResolveAll(JsonElement array, ReadOnlySpan<string> path)
    {
        var list = new List<object?>(array.GetArrayLength());
        foreach (var entry in array.EnumerateArray())
        {
            var value = Resolve(entry, path);
            if (value == Absent) return Absent;
            list.Add(value);
        }

        return list;
    }
}
