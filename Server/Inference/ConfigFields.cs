namespace Molmo.Demo.Inference;

/// <summary>
/// Typed access to the fields of one JSON object of a config file; each complaint names file, field and what was
/// expected.
/// </summary>
internal sealed class ConfigFields
{
    private readonly JsonElement _object;
    private readonly string _file;
    private readonly string _path;

    /// <param name="element">The object.</param>
    /// <param name="file">Path of the file, for messages.</param>
    /// <param name="path">Names of the objects around it, each with a dot behind it.</param>
    public ConfigFields(JsonElement element, string file, string path = "")
    {
        (_object, _file, _path) = (element, file, path);
        if (element.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException(file, path.Length == 0 ? null : path.TrimEnd('.'), "is not a JSON object.");
    }

    /// <summary>Whether null counts as a value, and so is refused, and not as a field that is missing.</summary>
    public bool NullIsAValue { get; init; }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">Field.</param>
    /// <param name="least">Smallest accepted.</param>
    /// <param name="most">Largest accepted.</param>
    /// <param name="missing">Value where the field is missing or null; without one the field is needed.</param>
    public int Integer(string name, int least, int most, int? missing = null)
    {
        if (Find(name) is not { } field)
            return missing ?? throw Missing(name, $"a whole number from {least} to {most}");
        return ReadInteger(field, name, least, most);
    }

    /// <summary>A list of whole numbers within bounds.</summary>
    public int[] Integers(string name, int least, int most, int[]? missing = null)
    {
        if (Find(name) is not { } field) return missing ?? throw Missing(name, "a list of whole numbers");
        if (field.ValueKind != JsonValueKind.Array || field.GetArrayLength() is 0 or > 64)
            throw Wrong(name, field, "a list of whole numbers");
        return [.. field.EnumerateArray().Select(item => ReadInteger(item, name, least, most))];
    }

    /// <summary>A finite number above zero.</summary>
    public float Positive(string name, float? missing = null)
    {
        if (Find(name) is not { } field) return missing ?? throw Missing(name, "a number above 0");
        if (field.ValueKind != JsonValueKind.Number || !field.TryGetSingle(out var value) || !float.IsFinite(value)
            || value <= 0)
            throw Wrong(name, field, "a number above 0");
        return value;
    }

    /// <summary>Numbers that float32 can take, as many as there are.</summary>
    public float[] Numbers(string name, float[] missing)
    {
        if (Find(name) is not { } field) return missing;
        if (field.ValueKind != JsonValueKind.Array) throw Wrong(name, field, "a list of numbers");
        return [.. field.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetSingle(out var number)
                ? number
                : throw Wrong(name, field, "a list of numbers"))];
    }

    public bool Flag(string name, bool missing)
    {
        if (Find(name) is not { } field) return missing;
        if (field.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Wrong(name, field, "true or false");
        return field.GetBoolean();
    }

    /// <summary>An object within this one; null where it is missing.</summary>
    public ConfigFields? Object(string name)
        => Find(name) is { } field ? new ConfigFields(field, _file, $"{_path}{name}.") : null;

    /// <summary>Refuses any text but the one that is implemented; a missing field counts as that.</summary>
    public void Expect(string name, string text)
    {
        if (Find(name) is { } field && (field.ValueKind != JsonValueKind.String || field.GetString() != text))
            throw Wrong(name, field, $"'{text}'");
    }

    /// <summary>Refuses any truth value but the one that is implemented; a missing field counts as that.</summary>
    public void Expect(string name, bool value)
    {
        if (Flag(name, value) != value) throw Wrong(name, Find(name)!.Value, value ? "true" : "false");
    }

    /// <summary>Refuses a field that stands for something not implemented.</summary>
    public void ExpectNull(string name)
    {
        if (Find(name) is { } field) throw Wrong(name, field, "null");
    }

    /// <summary>A field's value that does not fit another's.</summary>
    public ModelFormatException Wrong(string name, string detail) => new(_file, _path + name, detail);

    private JsonElement? Find(string name)
        => _object.TryGetProperty(name, out var field) && (NullIsAValue || field.ValueKind != JsonValueKind.Null)
            ? field
            : null;

    private int ReadInteger(JsonElement field, string name, int least, int most)
        => field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var value) && value >= least
            && value <= most
            ? value
            : throw Wrong(name, field, $"a whole number from {least} to {most}");

    private ModelFormatException Missing(string name, string expected)
        => Wrong(name, $"is missing; expected {expected}.");

    private ModelFormatException Wrong(string name, JsonElement found, string expected)
        => Wrong(name, $"is {ModelFormatException.Shown(found.GetRawText())}; expected {expected}.");
}
