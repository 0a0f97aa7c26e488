using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Chat;

/// <summary>An event together with the verbatim text that the model wrote since the event before it.</summary>
/// <remarks>
/// Events alone do not give the verbatim answer back (a point keeps its coordinates, not its markup), so whoever
/// mirrors a journal needs both. Written as the event's own JSON with one more member, <c>raw</c>, left out where the
/// event tells it: a reader that knows only events can read it too.
/// </remarks>
[JsonConverter(typeof(JournalEntryConverter))]
internal sealed record JournalEntry(GenerationEvent Event, string Raw)
{
    internal static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>The row kept in the database.</summary>
    public string ToBody() => JsonSerializer.Serialize(this, Json);

    public static JournalEntry FromBody(string body) => JsonSerializer.Deserialize<JournalEntry>(body, Json)!;

    internal string DefaultRaw => Event is TextDelta text ? text.Delta : "";
}

internal sealed class JournalEntryConverter : JsonConverter<JournalEntry>
{
    private const string Raw = "raw";

    public override JournalEntry Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var body = JsonNode.Parse(ref reader)?.AsObject() ?? throw new JsonException("A journal entry is an object.");
        var e = body.Deserialize<GenerationEvent>(options)
            ?? throw new JsonException("A journal entry holds an event.");
        var entry = new JournalEntry(e, "");
        return entry with { Raw = body[Raw]?.GetValue<string>() ?? entry.DefaultRaw };
    }

    public override void Write(Utf8JsonWriter writer, JournalEntry value, JsonSerializerOptions options)
    {
        var body = JsonSerializer.SerializeToNode(value.Event, options)!.AsObject();
        if (value.Raw != value.DefaultRaw) body[Raw] = value.Raw;
        body.WriteTo(writer, options);
    }
}
