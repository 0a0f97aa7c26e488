using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// Body of <c>POST /v1/point</c> and <c>POST /v1/count</c>: a picture, and the name of what is looked for.
/// </summary>
/// <param name="Ask">What is asked.</param>
/// <param name="Object">What is looked for.</param>
/// <param name="Model">Name that the caller gave.</param>
/// <param name="Warnings">What was ignored or changed.</param>
internal sealed record TaskRequest(Ask Ask, string Object, string? Model, IReadOnlyList<string> Warnings)
    : AskRequest(Ask, Model, Warnings)
{
    private const int LongestObject = 200;

    /// <param name="root">The body.</param>
    /// <param name="question">From the object's name to the words the model was trained with.</param>
    /// <exception cref="ApiException">It is not one; the message names the field.</exception>
    /// <exception cref="ImageRefusedException">The picture is too large.</exception>
    public static TaskRequest Read(JsonElement root, Func<string, string> question)
    {
        var body = new Fields(root);
        var warnings = new List<string>();
        var molmo = body.Object("molmo");
        var looked = body.Text("object")?.Trim() ?? "";
        if (looked.Length is 0 or > LongestObject)
            throw ApiException.Invalid(
                "object", $"object must name what to look for in 1 to {LongestObject} characters.");
        var picture = DataUrl.Read(
            body.Text("image") ?? throw ApiException.Invalid("image", "image is missing: a data URL, or base64."),
            "image", isBareAllowed: true);
        var ask = new Ask(
            question(looked), [], picture, body.Sampling(molmo, warnings), Fields.Prompt(molmo), [], Keep: false);
        var request = new TaskRequest(ask, looked, body.Text("model"), warnings);
        warnings.AddRange(body.Unread.Concat(molmo?.Unread ?? []).Select(name => $"ignored {name}"));
        return request;
    }
}
