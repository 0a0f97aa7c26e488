namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// Members of a request that ask for something this model does not give. A reply that passes over them would be taken
/// for one that obeys, so they are refused; what only wishes, such as a penalty or an effort, is ignored and named.
/// </summary>
internal static class Demands
{
    /// <exception cref="ApiException">One of them cannot be met; it is the param.</exception>
    public static void Check(Fields body)
    {
        if (body.Whole("n", 1, 128) is > 1) throw Unmet("n", "n must be 1: ask again for another answer.");
        CheckFormat(body);
        CheckChoice(body, "tool_choice");
        CheckChoice(body, "function_call");
        if (body.Flag("logprobs") is true || body.Whole("top_logprobs", 0, 20) is > 0)
            throw Unmet(body.Flag("logprobs") is true ? "logprobs" : "top_logprobs",
                "This server does not tell the probabilities of tokens. Leave logprobs out.");
        if (body.Object("logit_bias") is { IsEmpty: false })
            throw Unmet("logit_bias", "This server cannot favour or forbid tokens. Leave logit_bias out.");
        CheckModalities(body);
        if (body.Find("audio") is not null)
            throw Unmet("audio", "This model answers in text and does not speak. Leave audio out.");
        if (body.Find("web_search_options") is not null)
            throw Unmet("web_search_options", "This model does not search the web. Leave web_search_options out.");
    }

    private static void CheckFormat(Fields body)
    {
        const string name = "response_format";
        if (body.Find(name) is not { } format) return;
        if (format.ValueKind != JsonValueKind.Object || new Fields(format, name).Text("type") != "text")
            throw Unmet(name,
                "This model writes text and cannot be held to JSON or a schema. Leave response_format out or set its "
                    + "type to text; POST /v1/point and /v1/count answer with points and a number as JSON.");
    }

    private static void CheckChoice(Fields body, string name)
    {
        if (body.Find(name) is not { } choice) return;
        var word = choice.ValueKind == JsonValueKind.String ? Fields.TextOf(choice, name)
            : choice.ValueKind == JsonValueKind.Object && new Fields(choice, name) is var fields
                && fields.Text("type") == "allowed_tools" ? fields.Object("allowed_tools")?.Text("mode")
            : null;
        if (word is not ("auto" or "none"))
            throw Unmet(name, $"This model calls no tools, so it cannot be made to. Leave {name} out or set it to auto "
                + "or none.");
    }

    private static void CheckModalities(Fields body)
    {
        const string name = "modalities";
        if (body.Find(name) is not { } list) return;
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(item => !item.ValueEquals("text")))
            throw Unmet(name, "This model answers in text alone. Leave modalities out or set it to [\"text\"].");
    }

    private static ApiException Unmet(string param, string message)
        => new(StatusCodes.Status400BadRequest, "unsupported_value", message, param);
}
