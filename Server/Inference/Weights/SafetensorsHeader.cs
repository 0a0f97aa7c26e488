using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>
/// Reads the JSON header of a safetensors file and holds it to every rule of the format: known types, sizes that match
/// shapes, and ranges that cover the data without overlap, gap or rest.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Largest header, as the format sets it.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>
    /// The published checkpoints have below 4,000 tensors; the bound keeps a hostile header from filling memory with
    /// entries.
    /// </summary>
    private const int MaxTensors = 100_000;

    private const int MaxRank = 8;

    /// <summary>Object, tensor, list: anything deeper is not a header.</summary>
    private const int MaxDepth = 8;

    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes that follow the header.</param>
    /// <param name="file">Path, for messages.</param>
    /// <exception cref="ModelFormatException">The header breaks a rule.</exception>
    public static Dictionary<string, TensorEntry> Parse(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        if (json[0] != '{') throw new ModelFormatException(file, null, "the header does not begin with '{'.");
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        try
        {
            ReadObject(json, tensors, file);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(
                file, null, $"the header is not valid JSON (byte {e.BytePositionInLine}).", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader checks text only when it is taken out.
            throw new ModelFormatException(file, null, "the header holds text that is not valid Unicode.", e);
        }

        CheckCoverage(tensors, dataLength, file);
        return tensors;
    }

    private static void ReadObject(ReadOnlySpan<byte> json, Dictionary<string, TensorEntry> tensors, string file)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var hasMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == "__metadata__")
            {
                if (hasMetadata) throw new ModelFormatException(file, name, "appears twice in the header.");
                hasMetadata = true;
                ReadMetadata(ref reader, file);
                continue;
            }

            var entry = ReadEntry(ref reader, name, file);
            if (!tensors.TryAdd(name, entry))
                throw new ModelFormatException(file, ModelFormatException.Shown(name), "appears twice in the header.");
            if (tensors.Count > MaxTensors)
                throw new ModelFormatException(file, null, $"the header lists more than {MaxTensors} tensors.");
        }

        // The reader throws on a second value; reading on is what makes it look.
        while (reader.Read())
        {
        }
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Metadata();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
                throw new ModelFormatException(
                    file, "__metadata__", $"'{ModelFormatException.Shown(name)}' appears twice.");
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Metadata();
        }

        ModelFormatException Metadata() => new(file, "__metadata__", "is not a list of names with text values.");
    }

    private static TensorEntry ReadEntry(ref Utf8JsonReader reader, string name, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Broken("is not described by an object");
        DType? type = null;
        Shape? shape = null;
        (long Begin, long End)? range = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype":
                    if (type is not null) throw Broken("has dtype twice");
                    if (reader.TokenType != JsonTokenType.String) throw Broken("has a dtype that is not text");
                    type = TypeOf(reader.GetString()!)
                        ?? throw Broken($"has the unknown dtype '{ModelFormatException.Shown(reader.GetString()!)}'");
                    break;
                case "shape":
                    if (shape is not null) throw Broken("has shape twice");
                    shape = new Shape(ReadIntegers(ref reader, MaxRank, "shape"));
                    break;
                case "data_offsets":
                    if (range is not null) throw Broken("has data_offsets twice");
                    var offsets = ReadIntegers(ref reader, 2, "data_offsets");
                    if (offsets.Length != 2) throw Broken($"has {offsets.Length} data_offsets, not 2");
                    range = (offsets[0], offsets[1]);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null) throw Broken("has no dtype");
        if (shape is null) throw Broken("has no shape");
        if (range is not { } bytes) throw Broken("has no data_offsets");
        if (bytes.Begin > bytes.End) throw Broken($"begins at byte {bytes.Begin}, after its end at {bytes.End}");

        long needed;
        try
        {
            needed = checked(shape.Value.ElementCount * type.Value.Size());
        }
        catch (OverflowException)
        {
            throw Broken($"has the shape {shape}, whose size does not fit in 63 bits");
        }

        if (needed != bytes.End - bytes.Begin)
            throw Broken($"has {bytes.End - bytes.Begin} bytes, but {type} {shape} takes {needed}");
        return new TensorEntry(name, type.Value, shape.Value, bytes.Begin, needed);

        long[] ReadIntegers(ref Utf8JsonReader reader, int limit, string field)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw Broken($"has a {field} that is not a list");
            Span<long> values = stackalloc long[MaxRank];
            var count = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (count == limit) throw Broken($"has more than {limit} numbers in {field}");
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0)
                    throw Broken($"has something other than whole numbers from 0 to 2^63-1 in {field}");
                values[count++] = value;
            }

            return values[..count].ToArray();
        }

        ModelFormatException Broken(string detail) => new(file, ModelFormatException.Shown(name), detail + ".");
    }

    private static void CheckCoverage(Dictionary<string, TensorEntry> tensors, long dataLength, string file)
    {
        var order = tensors.Values.ToArray();
        Array.Sort(
            order, static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var end = 0L;
        var before = "the header";
        foreach (var entry in order)
        {
            if (entry.Offset < end) throw Broken($"begins at byte {entry.Offset} of the data, inside {before}");
            if (entry.Offset > end)
                throw Broken($"begins at byte {entry.Offset} of the data, but {before} ends at {end}: "
                    + $"the bytes between belong to no tensor");
            if (entry.Offset > dataLength || entry.Length > dataLength - entry.Offset)
                throw Broken($"ends at byte {entry.Offset + entry.Length} of the data, "
                    + $"but the file holds only {dataLength}: it is cut short");
            end = entry.Offset + entry.Length;
            before = ModelFormatException.Shown(entry.Name);

            ModelFormatException Broken(string detail)
                => new(file, ModelFormatException.Shown(entry.Name), detail + ".");
        }

        if (end != dataLength)
            throw new ModelFormatException(file, null, $"{dataLength - end} bytes after {before} belong to no tensor.");
    }

    private static DType? TypeOf(string name) => name switch
    {
        "BOOL" => DType.Bool,
        "U8" => DType.U8,
        "I8" => DType.I8,
        "F8_E5M2" => DType.F8E5M2,
        "F8_E4M3" => DType.F8E4M3,
        "I16" => DType.I16,
        "U16" => DType.U16,
        "F16" => DType.F16,
        "BF16" => DType.BF16,
        "I32" => DType.I32,
        "U32" => DType.U32,
        "F32" => DType.F32,
        "F64" => DType.F64,
        "I64" => DType.I64,
        "U64" => DType.U64,
        _ => null,
    };
}
