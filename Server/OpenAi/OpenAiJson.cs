using System.Text.Encodings.Web;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>How programs are written to: snake_case, as they know it from OpenAI.</summary>
internal static class OpenAiJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // Served as JSON and as nothing else, so that markup may be readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
