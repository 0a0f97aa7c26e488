namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>A field of a table.</summary>
/// <param name="Path">
/// Its name; of structs the names with dots between. Lists have no name of their own, so that a list of structs and a
/// struct of lists, of which both are published, read the same.
/// </param>
/// <param name="IsRequired">Whether a table without it is refused; a null is none of its business.</param>
internal sealed record Column(string Path, bool IsRequired);

/// <summary>A row of a table with the fields that were asked for.</summary>
/// <param name="file">For what is said about it.</param>
/// <param name="number">From 1, in the file.</param>
/// <param name="fields">
/// By their path: null, string, double, bool, byte[] or lists of these to any depth. What is not there is null.
/// </param>
internal sealed class TableRow(string file, long number, IReadOnlyDictionary<string, object?> fields)
{
    /// <summary>Null where it is null or blank; without spaces around it.</summary>
    /// <exception cref="CommandException">It is something else.</exception>
    public string? Text(string path) => Text(path, fields.GetValueOrDefault(path));

    /// <exception cref="CommandException">It is something else.</exception>
    public double? Number(string path) => fields.GetValueOrDefault(path) switch
    {
        null => null,
        double value => value,
        _ => throw Wrong(path, "a number"),
    };

    /// <summary>Raw bytes, or those that a text has in base 64.</summary>
    /// <exception cref="CommandException">It is something else.</exception>
    public byte[]? Bytes(string path)
    {
        var value = fields.GetValueOrDefault(path);
        if (value is null or byte[]) return (byte[]?)value;
        try
        {
            return Convert.FromBase64String(value as string ?? throw Wrong(path, "bytes"));
        }
        catch (FormatException)
        {
            throw Wrong(path, "bytes in base 64");
        }
    }

    /// <summary>A text for each entry, null where it is null or blank.</summary>
    /// <exception cref="CommandException">It is something else.</exception>
    public IReadOnlyList<string?>? Texts(string path)
        => List(path, fields.GetValueOrDefault(path))?.Select(entry => Text(path, entry)).ToArray();

    /// <summary>Points as structs of x and y, or as lists of two numbers.</summary>
    /// <exception cref="CommandException">They are something else.</exception>
    public IReadOnlyList<(double X, double Y)>? Points(string path)
        => Points(path, fields.GetValueOrDefault(path), fields.GetValueOrDefault($"{path}.x"),
            fields.GetValueOrDefault($"{path}.y"));

    /// <summary>A list of lists of points.</summary>
    /// <exception cref="CommandException">They are something else.</exception>
    public IReadOnlyList<IReadOnlyList<(double X, double Y)>>? PointLists(string path)
    {
        var pairs = List(path, fields.GetValueOrDefault(path));
        var (xs, ys) = (List(path, fields.GetValueOrDefault($"{path}.x")),
            List(path, fields.GetValueOrDefault($"{path}.y")));
        if (pairs is null && xs is null) return null;
        if (xs is not null && ys?.Count != xs.Count) throw Wrong(path, "lists of points");
        return [.. Enumerable.Range(0, (xs ?? pairs)!.Count)
            .Select(i => Points(path, pairs?[i], xs?[i], ys?[i]) ?? [])];
    }

    private (double X, double Y)[]? Points(string path, object? pairs, object? xs, object? ys)
    {
        if (List(path, xs) is { } left)
        {
            var top = List(path, ys);
            if (top?.Count != left.Count) throw Wrong(path, "points");
            return [.. left.Zip(top, (x, y) => (Coordinate(path, x), Coordinate(path, y)))];
        }

        return List(path, pairs)?.Select(pair => pair is IReadOnlyList<object?> { Count: 2 } two
            ? (Coordinate(path, two[0]), Coordinate(path, two[1]))
            : throw Wrong(path, "points")).ToArray();
    }

    private string? Text(string path, object? value) => value switch
    {
        null => null,
        string text => string.IsNullOrWhiteSpace(text) ? null : text.Trim(),
        _ => throw Wrong(path, "a text"),
    };

    private double Coordinate(string path, object? value) => value as double? ?? throw Wrong(path, "points");

    private IReadOnlyList<object?>? List(string path, object? value)
        => value is null ? null : value as IReadOnlyList<object?> ?? throw Wrong(path, "a list");

    private CommandException Wrong(string path, string expected) => new(
        $"Row {number} of {file} does not have {expected} in its field {path}. Name the table that the file is of.");
}
