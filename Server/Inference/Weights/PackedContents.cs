namespace Molmo.Demo.Inference.Weights;

/// <summary>
/// The table of contents of a packed file: <c>{"model", "revision", "precision", "layout", "sample", "entries": [{"name",
/// "form", "rows", "columns", "offset", "length"}]}</c>, entries in the order of their offsets.
/// </summary>
internal sealed class PackedContents
{
    private const int MaxDepth = 4;
    private const int MaxEntries = 100_000;

    public PackedContents(PackedIdentity identity, string sample, IEnumerable<PackedEntry> entries)
    {
        Identity = identity;
        Sample = sample;
        Entries = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    public PackedIdentity Identity { get; }

    /// <summary>Hash of samples of the data, in hexadecimal digits.</summary>
    public string Sample { get; }

    public IReadOnlyDictionary<string, PackedEntry> Entries { get; }

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("model", Identity.Model);
            json.WriteString("revision", Identity.Revision);
            json.WriteString("precision", Identity.Precision);
            json.WriteString("layout", Identity.Layout);
            json.WriteString("sample", Sample);
            json.WriteStartArray("entries");
            foreach (var entry in Entries.Values.OrderBy(entry => entry.Offset))
            {
                json.WriteStartObject();
                json.WriteString("name", entry.Name);
                json.WriteString("form", entry.Form);
                json.WriteNumber("rows", entry.Rows);
                json.WriteNumber("columns", entry.Columns);
                json.WriteNumber("offset", entry.Offset);
                json.WriteNumber("length", entry.Length);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <param name="json">The table's bytes.</param>
    /// <param name="end">Where the data ends.</param>
    /// <param name="file">Path, for messages.</param>
    /// <exception cref="ModelFormatException">It breaks a rule.</exception>
    public static PackedContents Parse(ReadOnlySpan<byte> json, long end, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            var identity = new PackedIdentity(Text(root, "model"), Text(root, "revision"), Text(root, "precision"), Text(root, "layout"));
            return new PackedContents(identity, Text(root, "sample"), ReadEntries(root.GetProperty("entries"), end, file));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelFormatException(file, null, "the table of contents is not of the form that this program writes.", e);
        }

        static string Text(JsonElement element, string field) => element.GetProperty(field).GetString() ?? throw new FormatException(field);
    }

    /// <summary>Each entry whole numbers, within the data, at a line's begin, behind the one before: none shares bytes with another.</summary>
    private static List<PackedEntry> ReadEntries(JsonElement list, long end, string file)
    {
        var entries = new List<PackedEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var free = (long)PackedFile.PrefixLength;
        foreach (var item in list.EnumerateArray())
        {
            var entry = new PackedEntry(
                item.GetProperty("name").GetString()!, item.GetProperty("form").GetString()!, item.GetProperty("rows").GetInt32(),
                item.GetProperty("columns").GetInt32(), item.GetProperty("offset").GetInt64(), item.GetProperty("length").GetInt64());
            if (entry.Name is null || entry.Form is null) throw Broken(entry, "has no name or no form");
            if (!names.Add(entry.Name)) throw Broken(entry, "appears twice");
            if (entry.Rows < 1 || entry.Columns < 1 || entry.Length < 1) throw Broken(entry, $"has the shape [{entry.Rows}, {entry.Columns}] in {entry.Length} bytes");
            if (entry.Offset % PackedFile.Alignment != 0) throw Broken(entry, $"begins at byte {entry.Offset}, which is no multiple of {PackedFile.Alignment}");
            if (entry.Offset < free) throw Broken(entry, $"begins at byte {entry.Offset}, before byte {free} where it may");
            if (entry.Offset > end || entry.Length > end - entry.Offset) throw Broken(entry, $"takes {entry.Length} bytes from byte {entry.Offset} on, but the data ends at {end}");
            free = entry.Offset + entry.Length;
            entries.Add(entry);
            if (entries.Count > MaxEntries) throw new ModelFormatException(file, null, $"the table of contents lists more than {MaxEntries} entries.");
        }

        return entries;

        ModelFormatException Broken(PackedEntry entry, string detail) => new(file, SafetensorsHeader.Shown(entry.Name ?? ""), detail + ".");
    }
}
