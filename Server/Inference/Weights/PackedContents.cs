namespace Molmo.Demo.Inference.Weights;

/// <summary>What a packed file's table of contents says of one matrix or list of numbers.</summary>
/// <param name="Name">The stored weight it was made from; of several that were stacked, the first.</param>
/// <param name="Form"><c>values</c> for plain float32, row after row; else the precision of panels.</param>
/// <param name="Rows">Rows, or a matrix's outputs.</param>
/// <param name="Columns">Columns, or a matrix's inputs.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record PackedEntry(string Name, string Form, int Rows, int Columns, long Offset, long Length)
{
    /// <summary>The form of plain float32.</summary>
    public const string Values = "values";
}

/// <summary>
/// What a packed file was made from and how; all of it must fit, else its numbers mean something else.
/// </summary>
/// <param name="Model">Name of the checkpoint, for people.</param>
/// <param name="Revision">The checkpoint's mark of content.</param>
/// <param name="Precision">Of the language model's large matrices.</param>
/// <param name="Vision">Of the picture encoder's.</param>
/// <param name="Layout">How panels are laid out: a name that changes with the kernels.</param>
internal sealed record PackedIdentity(
    string Model, string Revision, string Precision, string Vision, string Layout);

/// <summary>The table of contents of a packed file, as JSON with these names in lower case.</summary>
/// <param name="Model">As the other four of <see cref="PackedIdentity"/>.</param>
/// <param name="Revision">Likewise.</param>
/// <param name="Precision">Likewise.</param>
/// <param name="Vision">Likewise.</param>
/// <param name="Layout">Likewise.</param>
/// <param name="Sample">Hash of samples of the data, in hexadecimal digits.</param>
/// <param name="Entries">In the order of their offsets.</param>
internal sealed record PackedContents(
    string Model, string Revision, string Precision, string Vision, string Layout, string Sample,
    IReadOnlyList<PackedEntry> Entries)
{
    private const int MaxEntries = 100_000;

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.General)
    {
        MaxDepth = 4,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
    };

    [JsonIgnore]
    public PackedIdentity Identity => new(Model, Revision, Precision, Vision, Layout);

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Form);

    /// <param name="json">The table's bytes.</param>
    /// <param name="end">Where the data ends.</param>
    /// <param name="file">Path, for messages.</param>
    /// <exception cref="ModelFormatException">It breaks a rule.</exception>
    public static PackedContents Parse(ReadOnlySpan<byte> json, long end, string file)
    {
        PackedContents? contents = null;
        Exception? fault = null;
        try
        {
            contents = JsonSerializer.Deserialize<PackedContents>(json, Form);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            fault = e;
        }

        if (contents
            is not
            {
                Model: { }, Revision: { }, Precision: { }, Vision: { }, Layout: { }, Sample: { }, Entries: { } entries
            }
            || entries.Contains(null))
        {
            throw new ModelFormatException(
                file, null, "the table of contents is not of the form that this program writes.", fault);
        }

        contents.CheckEntries(end, file);
        return contents;
    }

    /// <summary>
    /// Each entry within the data, at a line's begin, behind the one before: none shares bytes with another.
    /// </summary>
    private void CheckEntries(long end, string file)
    {
        if (Entries.Count > MaxEntries)
            throw new ModelFormatException(file, null, $"the table of contents lists more than {MaxEntries} entries.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        var free = (long)PackedFile.PrefixLength;
        foreach (var (name, form, rows, columns, offset, length) in Entries)
        {
            if (name is null || form is null) throw Broken("has no name or no form");
            if (!names.Add(name)) throw Broken("appears twice");
            if (rows < 1 || columns < 1 || length < 1)
                throw Broken($"has the shape [{rows}, {columns}] in {length} bytes");
            if (offset % PackedFile.Alignment != 0)
                throw Broken($"begins at byte {offset}, which is no multiple of {PackedFile.Alignment}");
            if (offset < free) throw Broken($"begins at byte {offset}, before byte {free} where it may");
            if (offset > end || length > end - offset)
                throw Broken($"takes {length} bytes from byte {offset} on, but the data ends at {end}");
            free = offset + length;

            ModelFormatException Broken(string detail)
                => new(file, ModelFormatException.Shown(name ?? ""), detail + ".");
        }
    }
}
