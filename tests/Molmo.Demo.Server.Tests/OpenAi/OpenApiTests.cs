using System.Net;
using System.Text.Json.Nodes;
using Molmo.Demo.Server.OpenAi;
using Molmo.Demo.Server.OpenAi.Wire;
using Molmo.Demo.Server.Tests.Hosting;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>The document says what there is: every route, every member, nothing else.</summary>
public sealed class OpenApiTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Document_Paths_AreTheRoutes()
    {
        await using var app = new MolmoApplication();
        using var program = app.AsNewVisitor();
        var document = JsonNode.Parse(await program.GetStringAsync("/openapi.json", Cancel))!;
        var routes = Routes.Of(app).Select(route => (route.Method, Path: "/"
            + route.Endpoint.RoutePattern.RawText!.TrimStart('/').Replace("**", "", StringComparison.Ordinal)))
            .Where(route => (route.Path.StartsWith("/v1/", StringComparison.Ordinal) && route.Path != "/v1/{rest}")
                || route.Path is "/health" or "/ready" or "/metrics" or "/openapi.json")
            // Whatever answers GET answers HEAD: that needs no description.
            .Where(route => route.Method != "HEAD")
            .Select(route => $"{route.Method} {route.Path}");

        var described = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"));

        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Document_Schemas_HaveTheMembersOfTheReplies()
    {
        var schemas = Document()["components"]!["schemas"]!.AsObject();
        var types = typeof(ChatCompletion).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(ChatCompletion).Namespace && !type.IsNested).ToList();
        Assert.True(types.Count > 10);
        foreach (var type in types)
        {
            var members = type.GetProperties().Where(property => property.Name != "EqualityContract")
                .Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            Assert.True(schemas.ContainsKey(type.Name), type.Name);
            Assert.Equal((type.Name, string.Join(' ', members.Order(StringComparer.Ordinal))),
                (type.Name, string.Join(' ', Members(schemas, type.Name).Order(StringComparer.Ordinal))));
        }
    }

    [Theory]
    [InlineData("CompletionRequest", "/v1/chat/completions")]
    [InlineData("TaskRequest", "/v1/point")]
    public async Task Document_MembersOfARequest_AreAllTaken(string schema, string path)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        var schemas = Document()["components"]!["schemas"]!.AsObject();
        var body = new JsonObject();
        foreach (var name in Members(schemas, schema)) body[name] = Sample(name);
        var extension = body["molmo"]!.AsObject();
        foreach (var name in Members(schemas, "Extension")) extension[name] = Sample(name);

        using var response = await program.PostAsync(path, body);

        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        Assert.False(response.Headers.Contains("X-Molmo-Warning"),
            string.Join(", ", response.Headers.TryGetValues("X-Molmo-Warning", out var warnings) ? warnings : []));
    }

    [Fact]
    public void Document_References_ExistAndAllSchemasAreUsed()
    {
        var document = Document();
        var references = document.ToJsonString().Split("\"$ref\":\"#/").Skip(1)
            .Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]).ToHashSet(StringComparer.Ordinal);
        Assert.All(references, reference =>
            Assert.NotNull(reference.Split('/').Aggregate((JsonNode?)document, (node, name) => node?[name])));
        Assert.Empty(document["components"]!["schemas"]!.AsObject()
            .Select(schema => $"components/schemas/{schema.Key}").Except(references));
    }

    private static JsonNode? Sample(string name) => name switch
    {
        "messages" => JsonNode.Parse("""[{"role":"user","content":"What?"}]"""),
        "image" => OpenAiCalls.Picture,
        "model" or "object" => "molmo",
        "stream" or "store" or "may_drop_oldest" => false,
        "stream_options" => new JsonObject { ["include_usage"] = true },
        "stop" => "never",
        "style" => "vqa2",
        "molmo" => new JsonObject(),
        "temperature" or "top_p" => 0.5,
        "response_format" => new JsonObject { ["type"] = "text" },
        "tool_choice" => "none",
        "modalities" => new JsonArray("text"),
        "logprobs" => false,
        "n" or "seed" or "top_k" or "max_tokens" or "max_completion_tokens" or "max_crops" => 1,
        _ => throw new NotSupportedException($"The document has {name}, for which this test has no sample."),
    };

    private static IEnumerable<string> Members(JsonObject schemas, string name)
        => schemas[name]!["properties"]!.AsObject().Select(member => member.Key);

    private static JsonNode Document()
    {
        using var stream = typeof(OpenAiModule).Assembly.GetManifestResourceStream("openapi.json")!;
        return JsonNode.Parse(stream)!;
    }
}
