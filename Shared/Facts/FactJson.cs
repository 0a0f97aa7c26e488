namespace Molmo.Demo.Shared.Facts;

/// <summary>
/// Facts as JSON: code and arguments, always in camel case. A string is what an earlier version wrote; of a kind that
/// this version does not know, the code is all that can be shown.
/// </summary>
internal sealed class FactJson : JsonConverter<Fact>
{
    private const string CodeName = "code";

    private static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web);

    public override Fact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new EarlierWords(reader.GetString()!);
        var fact = JsonElement.ParseValue(ref reader);
        if (fact.ValueKind != JsonValueKind.Object
            || !fact.TryGetProperty(CodeName, out var code)
            || code.ValueKind != JsonValueKind.String)
            throw new JsonException("A fact is a string, or an object with a code.");
        return FactKind.Find(code.GetString()!) is { } kind
            ? (Fact)fact.Deserialize(kind.Type, Plain)!
            : new EarlierWords(code.GetString()!);
    }

    public override void Write(Utf8JsonWriter writer, Fact value, JsonSerializerOptions options)
    {
        if (value is EarlierWords earlier)
        {
            writer.WriteStringValue(earlier.Text);
            return;
        }
        var fact = JsonSerializer.SerializeToNode(value, value.GetType(), Plain)!.AsObject();
        fact.Insert(0, CodeName, value.Code);
        fact.WriteTo(writer);
    }
}
