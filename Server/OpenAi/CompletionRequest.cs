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
    private const int MostMessages = 400;
    private const int MostStops = 4;

    /// <exception cref="ApiException">It is not one; the message names the field.</exception>
    public static CompletionRequest Read(JsonElement root)
    {
        var body = new Fields(root);
        var warnings = new List<string>();
        var molmo = body.Object("molmo");
        if (body.Whole("n", 1, 128) is > 1)
            throw ApiException.Invalid("n", "n must be 1: ask again for another answer.");
        var (question, history, picture) = ReadMessages(body, warnings);
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

    private static (string Question, ImmutableArray<Turn> History, byte[]? Picture) ReadMessages(
        Fields body, List<string> warnings)
    {
        if (body.Find("messages") is not { ValueKind: JsonValueKind.Array } list)
            throw ApiException.Invalid("messages", "messages must be a list.");
        if (list.GetArrayLength() is 0 or > MostMessages)
            throw ApiException.Invalid("messages", $"messages must hold 1 to {MostMessages} messages.");
        // Question, answer, question, ...: messages of one side that follow each other are one.
        var turns = new List<string>();
        byte[]? picture = null;
        string? pictureText = null;
        var number = 0;
        foreach (var item in list.EnumerateArray())
        {
            var message = new Fields(item, $"messages[{number++}]");
            var role = message.Text("role");
            if (role is not ("user" or "assistant"))
            {
                if (role is not ("system" or "developer"))
                    throw ApiException.Invalid(
                        message.PathOf("role"), $"{message.PathOf("role")} must be user or assistant.");
                warnings.Add($"ignored {message.PathOf("role")} {role}");
                continue;
            }
            var (text, pictures) = ReadContent(message);
            foreach (var (url, path) in pictures)
            {
                if (role != "user") throw ApiException.Invalid(path, "A picture belongs to a message of the user.");
                if (pictureText is not null && pictureText != url)
                    throw new ApiException(
                        StatusCodes.Status400BadRequest, "too_many_pictures",
                        "This model sees one picture in a conversation. Send one, in any message of the user.", path);
                if (pictureText is null) picture = Fields.ImageOf(pictureText = url, path, isBareAllowed: false);
            }
            if (turns.Count % 2 == (role == "user" ? 0 : 1)) turns.Add(text);
            else if (turns.Count == 0) throw ApiException.Invalid("messages", "The first message must be of the user.");
            else turns[^1] = $"{turns[^1]}\n{text}";
        }
        if (turns.Count % 2 == 0)
            throw ApiException.Invalid("messages", "The last message must be of the user: it is the question.");
        return (turns[^1],
            [.. Enumerable.Range(0, turns.Count / 2).Select(turn => new Turn(turns[2 * turn], turns[2 * turn + 1]))],
            picture);
    }

    private static (string Text, List<(string Url, string Path)> Pictures) ReadContent(Fields message)
    {
        var pictures = new List<(string, string)>();
        var path = message.PathOf("content");
        if (message.Find("content") is not { } content) return ("", pictures);
        if (content.ValueKind != JsonValueKind.Array) return (Fields.TextOf(content, path), pictures);
        var texts = new List<string>();
        var number = 0;
        foreach (var item in content.EnumerateArray())
        {
            var part = new Fields(item, $"{path}[{number++}]");
            switch (part.Text("type"))
            {
                case "text":
                    texts.Add(part.Text("text") ?? "");
                    break;
                case "image_url":
                    var image = part.Object("image_url") ?? throw ApiException.Invalid(
                        part.PathOf("image_url"), $"{part.PathOf("image_url")} is missing.");
                    pictures.Add((image.Text("url")
                        ?? throw ApiException.Invalid(image.PathOf("url"), $"{image.PathOf("url")} is missing."),
                        image.PathOf("url")));
                    break;
                default:
                    throw ApiException.Invalid(
                        part.PathOf("type"), $"{part.PathOf("type")} must be text or image_url.");
            }
        }
        return (string.Join('\n', texts), pictures);
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
