using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>A column of a parquet file with its place among lists and structs.</summary>
/// <param name="Path">Names of the structs around it and its own, with dots between.</param>
/// <param name="Field">The column.</param>
/// <param name="ListLevels">
/// For each list around it, outermost first, the definition level from which it has an entry; one below that it is
/// empty, below that again it is null.
/// </param>
internal sealed record ParquetLeaf(string Path, DataField Field, ImmutableArray<int> ListLevels)
{
    public static IEnumerable<ParquetLeaf> All(ParquetSchema schema)
        => schema.Fields.SelectMany(field => Of(field, field.Name, []));

    /// <summary>Puts the values of a row group together again: one entry a row.</summary>
    /// <exception cref="InvalidDataException">Its type is none that the tables have.</exception>
    public async Task<IReadOnlyList<object?>> ReadAsync(
        ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        using var data = await group.ReadRawColumnDataBaseAsync(Field, cancellationToken);
        return data switch
        {
            RawColumnData<ReadOnlyMemory<char>> texts => Assemble(texts, text => text.ToString()),
            RawColumnData<ReadOnlyMemory<byte>> files => Assemble(files, file => file.ToArray()),
            RawColumnData<double> numbers => Assemble(numbers, number => number),
            RawColumnData<float> numbers => Assemble(numbers, number => (double)number),
            RawColumnData<int> numbers => Assemble(numbers, number => (double)number),
            RawColumnData<long> numbers => Assemble(numbers, number => (double)number),
            RawColumnData<bool> flags => Assemble(flags, flag => flag),
            _ => throw new InvalidDataException($"{Path} is of the type {Field.ClrType.Name}"),
        };
    }

    private List<object?> Assemble<T>(RawColumnData<T> data, Func<T, object> convert)
        where T : struct
    {
        var values = data.Values;
        var definitions = Field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : default;
        var repetitions = Field.MaxRepetitionLevel > 0 ? data.RepetitionLevels : default;
        var rows = new List<object?>();
        var open = new List<object?>[ListLevels.Length];
        var count = definitions.IsEmpty ? values.Length : definitions.Length;
        for (int i = 0, next = 0; i < count; i++)
        {
            var definition = definitions.IsEmpty ? Field.MaxDefinitionLevel : definitions[i];
            var depth = repetitions.IsEmpty ? 0 : repetitions[i];
            var target = depth == 0 ? rows : open[depth - 1];
            // Lists that begin here, as far as they have entries.
            while (depth < open.Length && definition >= ListLevels[depth])
            {
                target.Add(open[depth] = []);
                target = open[depth++];
            }

            if (depth < open.Length) target.Add(definition < ListLevels[depth] - 1 ? null : new List<object?>());
            else target.Add(definition < Field.MaxDefinitionLevel ? null : convert(values[next++]));
        }

        return rows;
    }

    private static IEnumerable<ParquetLeaf> Of(Field field, string path, ImmutableArray<int> lists) => field switch
    {
        ListField list => Of(list.Item, path, lists.Add(list.MaxDefinitionLevel)),
        StructField parts => parts.Fields.SelectMany(part => Of(part, $"{path}.{part.Name}", lists)),
        DataField { IsArray: true } => [],
        DataField data => [new ParquetLeaf(path, data, lists)],
        _ => [],
    };
}
