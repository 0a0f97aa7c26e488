namespace Molmo.Demo.Server.OpenAi;

/// <summary>A request that asks the model.</summary>
/// <param name="Ask">What is asked.</param>
/// <param name="Model">Name that the caller gave; null without one.</param>
/// <param name="Warnings">What was ignored or changed.</param>
internal abstract record AskRequest(Ask Ask, string? Model, IReadOnlyList<string> Warnings);

/// <summary>Body of <c>POST /v1/chat/completions</c>.</summary>
/// <param name="Ask">What is asked.</param>
/// <param name="Model">Name that the caller gave.</param>
/// <param name="IsStream">Whether the answer comes in pieces.</param>
/// <param name="IncludesUsage">Whether the last piece tells the tokens.</param>
/// <param name="Warnings">What was ignored or changed.</param>
internal sealed record CompletionRequest(
    Ask Ask, string? Model, bool IsStream, bool IncludesUsage, IReadOnlyList<string> Warnings)
    : AskRequest(Ask, Model, Warnings)
{
    private const int MostStops = 4;

    /// <exception cref="ApiException">It is not one; the message names the field.</exception>
    /// <exception cref="Images.ImageRefusedException">The picture is too large.</exception>
    public static CompletionRequest Read(JsonElement root)
    {
        var body = new Fields(root);
        var warnings = new List<string>();
        var molmo = body.Object("molmo");
        Demands.Check(body);
        var (question, history, picture) = Conversation.Read(body, warnings);
        var stream = body.Object("stream_options");
        var request = new CompletionRequest(
            new Ask(question, history, picture, body.Sampling(molmo, warnings), Fields.Prompt(molmo), ReadStops(body),
                body.Flag("store") ?? false),
            body.Text("model"),
            body.Flag("stream") ?? false,
            stream?.Flag("include_usage") ?? false,
            warnings);
        warnings.AddRange(
            body.Unread.Concat(molmo?.Unread ?? []).Concat(stream?.Unread ?? []).Select(name => $"ignored {name}"));
        return request;
    }

    private static string[] ReadStops(Fields body)
    {
        if (body.Find("stop") is not { } stop) return [];
        string[] stops = stop.ValueKind == JsonValueKind.Array
            ? [.. stop.EnumerateArray().Select((item, index) => Fields.TextOf(item, $"stop[{index}]"))]
            : [Fields.TextOf(stop, "stop")];
        if (stops.Length > MostStops || stops.Any(text => text.Length is 0 or > 256))
            throw ApiException.Invalid("stop", $"stop must be one to {MostStops} texts of 1 to 256 characters.");
        return stops;
    }
}
