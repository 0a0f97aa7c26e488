using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Dapper;
using Molmo.Demo.Server.Tests.Chat;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>What programs send to a host with a scripted model, and what is left of it.</summary>
internal static class OpenAiCalls
{
    public const string Markup = "Counting the <points x1=\"10.0\" y1=\"20.0\" x2=\"30.5\" y2=\"40.0\" alt=\"red "
        + "penguins\">penguins</points> shows a total of 2.";

    /// <summary>A gallery picture as a data URL.</summary>
    public static string Picture { get; } = "data:image/png;base64,"
        + Convert.ToBase64String(File.ReadAllBytes(Path.Combine(TestData.Samples, "scene-03.png")));

    /// <summary>A host whose model writes this, in pieces.</summary>
    public static Task<ChatApplication> StartAsync(string answer = Markup, MolmoOptions? options = null)
        => ChatApplication.StartAsync(
            options, new ScriptedModel { Script = _ => answer.Chunk(7).Select(piece => new string(piece)) });

    /// <summary>A program with a name of its own.</summary>
    public static HttpClient Program(this ChatApplication chat, string? token = "a token that is long enough")
    {
        var client = new HttpClient { BaseAddress = chat.Address };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public static JsonObject Question(string text = "How many penguins are there?", string? picture = null) => new()
    {
        ["model"] = "molmo",
        ["messages"] = new JsonArray(new JsonObject
        {
            ["role"] = "user",
            ["content"] = picture is null ? text : new JsonArray(
                new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = picture } },
                new JsonObject { ["type"] = "text", ["text"] = text }),
        }),
    };

    public static async Task<HttpResponseMessage> PostAsync(
        this HttpClient program, string path, JsonNode body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json")
        };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await program.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static Task<HttpResponseMessage> AskAsync(
        this HttpClient program, JsonNode body, params (string Name, string Value)[] headers)
        => program.PostAsync("/v1/chat/completions", body, headers);

    /// <summary>The error of a refusal, after checking that it is one as all are.</summary>
    public static async Task<(string Type, string? Param, string Code, string Message)> ErrorAsync(
        this HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var body = await response.JsonAsync();
        var error = body["error"]!.AsObject();
        var message = error.Text("message");
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.Equal(message, body.Text("detail"));
        Assert.Equal((int)response.StatusCode, body["status"]!.GetValue<int>());
        Assert.Equal(Assert.Single(response.Headers.GetValues("x-request-id")), body.Text("request_id"));
        if ((int)response.StatusCode is 429 or 503) Assert.NotNull(response.Headers.RetryAfter);
        return (error.Text("type"), error["param"]?.GetValue<string>(), error.Text("code"), message);
    }

    /// <summary>The data of a stream's events.</summary>
    public static async Task<List<string>> EventsAsync(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return [.. text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => line["data: ".Length..])];
    }

    /// <summary>Rows of what programs asked, and files of their pictures.</summary>
    public static int Left(this ChatApplication chat)
    {
        using var connection = chat.Database.Open();
        return connection.ExecuteScalar<int>("""
            SELECT (SELECT COUNT(*) FROM conversations) + (SELECT COUNT(*) FROM generations) + (SELECT COUNT(*)
                FROM events)
                 + (SELECT COUNT(*) FROM images) + (SELECT COUNT(*) FROM passing_questions)
            """) + Directory.GetFiles(Path.Combine(chat.Data, "pictures")).Length;
    }

    /// <summary>Waits for what happens elsewhere.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition()) await Task.Delay(5, guard.Token);
    }
}
