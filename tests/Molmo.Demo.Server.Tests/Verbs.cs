using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests;

/// <summary>What people do, for a client of <see cref="MolmoApplication"/>.</summary>
internal static class Verbs
{
    /// <summary>Sends a file as the page does.</summary>
    public static async Task<HttpResponseMessage> PostImageAsync(
        this HttpClient person, byte[] file, string name = "photo.png")
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/images") { Content = content };
        request.Headers.Add("X-File-Name", Uri.EscapeDataString(name));
        return await person.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a file that must be taken, and gives the answer: id, width, height, name, contentHash.</summary>
    public static async Task<JsonObject> UploadAsync(this HttpClient person, byte[] file, string name = "photo.png")
    {
        using var response = await person.PostImageAsync(file, name);
        var body = await response.JsonAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Created, $"{name}: {response.StatusCode} {body}");
        return body;
    }

    /// <summary>Sends one of the gallery pictures as an upload.</summary>
    public static async Task<JsonObject> UploadSampleAsync(this HttpClient person, string file = "scene-03.png")
        => await person.UploadAsync(
            await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, file), TestContext.Current.CancellationToken),
            file);

    /// <summary>Makes a link to a conversation of this person.</summary>
    public static async Task<string> ShareAsync(this HttpClient person, string conversation)
    {
        using var response =
            await person.PostAsJsonAsync("/api/shares", new { conversation }, TestContext.Current.CancellationToken);
        var body = await response.JsonAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Created, $"{response.StatusCode} {body}");
        return body.Text("id");
    }

    /// <summary>The body as a JSON object.</summary>
    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(text.StartsWith('{'), $"{response.StatusCode}: not a JSON object: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>A text member.</summary>
    public static string Text(this JsonObject body, string name) => body[name]!.GetValue<string>();

    /// <summary>
    /// The sentence of a refusal, after checking that it is one as all are: problem, sentence, reference, nothing
    /// internal.
    /// </summary>
    public static async Task<string> RefusalAsync(this HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var body = await response.JsonAsync();
        var sentence = body.Text("detail");
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", sentence, StringComparison.Ordinal);
        Assert.NotEmpty(body.Text("reference"));
        Assert.NotNull(FactKind.Find(body.Text("code")));
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            Assert.NotNull(response.Headers.RetryAfter);
        return sentence;
    }
}
