using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Clients of npm that check what they get, each whole and streamed, with and without points.</summary>
public sealed class ClientMatrixTests(ClientMatrixTests.Matrix matrix) : IClassFixture<ClientMatrixTests.Matrix>
{
    private static readonly string[] Clients =
        ["openai", "@ai-sdk/openai", "@ai-sdk/openai-compatible", "@langchain/openai"];

    public static MatrixTheoryData<string, string, string> Cells
        => new(Clients, ["points", "words"], ["whole", "stream"]);

    public static TheoryData<string, string, int, string?> Refusals
    {
        get
        {
            var rows = new TheoryData<string, string, int, string?>();
            foreach (var client in Clients)
            {
                rows.Add(client, "schema", 400, "response_format");
                rows.Add(client, "tool", 400, "tool_choice");
                // The other API, which some of them speak by themselves. The compatible one cannot.
                if (client != "@ai-sdk/openai-compatible") rows.Add(client, "responses", 404, null);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Client_Asks_GetsTextPointsFinishAndUsage(string client, string question, string way)
    {
        var (cell, raw) = (Cell(client, question, way), matrix.Raw[question]);

        var message = raw["choices"]![0]!["message"]!;
        Assert.Equal(message["content"]!.GetValue<string>(), cell["text"]!.GetValue<string>());
        Assert.Equal(message["points"]!.ToJsonString(), cell["points"]!.ToJsonString());
        Assert.Equal(question == "points" ? 1 : 0, cell["points"]!.AsArray().Count);
        Assert.Equal("stop", cell["finish"]!.GetValue<string>());
        var usage = raw["usage"]!;
        Assert.Equal(
            new[] { "prompt_tokens", "completion_tokens", "total_tokens" }.Select(name => usage[name]!.GetValue<int>()),
            cell["usage"]!.AsArray().Select(number => number!.GetValue<int>()));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Client_AsksForWhatThereIsNot_ReadsWhy(string client, string what, int status, string? param)
    {
        matrix.SkipWithoutPackages();
        var refusal = matrix.Told!["refusals"]!.AsArray()
            .Single(one => one!["client"]!.GetValue<string>() == client && one["what"]!.GetValue<string>() == what)!;
        Assert.Equal(
            (status, param), (refusal["status"]?.GetValue<int>(), refusal["param"]?.GetValue<string>()));
        Assert.Contains(status == 404 ? "/v1/chat/completions" : $"Leave {param} out",
            refusal["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@ai-sdk/openai")]
    [InlineData("@ai-sdk/openai-compatible")]
    [InlineData("@langchain/openai")]
    public void Client_ConversationWithGreetingAndTool_IsAnswered(string client)
        => Assert.NotEmpty(Cell(client, "tool", "whole")["text"]!.GetValue<string>());

    private JsonNode Cell(string client, string question, string way)
    {
        matrix.SkipWithoutPackages();
        var found = matrix.Told!["cells"]!.AsArray().Single(cell => cell!["client"]!.GetValue<string>() == client
            && cell["question"]!.GetValue<string>() == question && cell["way"]!.GetValue<string>() == way)!;
        Assert.True(found["error"] is null, found["error"]?.GetValue<string>());
        return found;
    }

    /// <summary>All clients in one run of Node, and beside it what the server says to a plain request.</summary>
    public sealed class Matrix(Site site) : IAsyncLifetime
    {
        private static readonly string Photo = Path.Combine(TestData.Samples, "scene-08.jpg");

        /// <summary>What the clients were told; null where they are not here.</summary>
        public JsonNode? Told { get; private set; }

        /// <summary>The same questions without a client.</summary>
        public Dictionary<string, JsonNode> Raw { get; } = [];

        public async ValueTask InitializeAsync()
        {
            if (!Clients.All(NodeScript.Has)) return;
            using var program = new HttpClient { BaseAddress = site.Server.Address };
            program.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", "the name of no client at all");
            Raw["points"] = await AskAsync(program, "Point to the strawberries.");
            Raw["words"] = await AskAsync(program, "How many apples are there?");
            Told = await NodeScript.RunAsync("client-matrix.mjs", site.Server, Photo);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        /// <summary>Skips the test that has no clients to ask.</summary>
        public void SkipWithoutPackages()
            => Assert.SkipWhen(Told is null, "The npm packages are not here: ./test.sh installs them.");

        private static async Task<JsonNode> AskAsync(HttpClient program, string text)
        {
            using var response = await program.PostAsJsonAsync("/v1/chat/completions", new
            {
                model = "molmo",
                messages = new[]
                {
                    new
                    {
                        role = "user",
                        content = new object[]
                        {
                            new
                            {
                                type = "image_url",
                                image_url = new
                                {
                                    url = $"data:image/jpeg;base64,{Convert.ToBase64String(File.ReadAllBytes(Photo))}"
                                }
                            },
                            new { type = "text", text },
                        },
                    },
                },
            });
            return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
        }
    }
}
