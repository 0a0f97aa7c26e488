using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>
/// Replies against the shape that OpenAI publishes: what it demands is there, what it knows holds what it says, and
/// what is ours has names that it does not know.
/// </summary>
public sealed class WireShapeTests
{
    private static readonly string[] Known = ["annotations", "tool_calls", "function_call", "audio", "logprobs"];

    [Theory]
    [InlineData(OpenAiCalls.Markup)]
    [InlineData("A cat.")]
    public async Task Complete_Whole_HasThePublishedShape(string answer)
    {
        await using var chat = await OpenAiCalls.StartAsync(answer);
        using var program = chat.Program();

        using var response = await program.AskAsync(OpenAiCalls.Question());
        var body = await response.JsonAsync();

        AssertMembers(body, ["id", "object", "created", "model", "choices"],
            ["system_fingerprint", "usage", "service_tier"], "molmo");
        var choice = Assert.Single(body["choices"]!.AsArray())!.AsObject();
        AssertMembers(choice, ["index", "message", "finish_reason", "logprobs"], []);
        Assert.Equal("stop", choice.Text("finish_reason"));
        AssertMembers(choice["message"]!.AsObject(), ["role", "content", "refusal"], Known, "points");
        AssertMembers(body["usage"]!.AsObject(), ["prompt_tokens", "completion_tokens", "total_tokens"],
            ["prompt_tokens_details", "completion_tokens_details"]);
        AssertNothingForeign(body);
    }

    [Theory]
    [InlineData(OpenAiCalls.Markup)]
    [InlineData("A cat.")]
    public async Task Complete_Stream_HasThePublishedShape(string answer)
    {
        await using var chat = await OpenAiCalls.StartAsync(answer);
        using var program = chat.Program();
        var body = OpenAiCalls.Question();
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };

        using var response = await program.AskAsync(body);
        var chunks = (await response.EventsAsync()).SkipLast(1).Select(data => JsonNode.Parse(data)!.AsObject())
            .ToList();

        Assert.All(chunks, chunk =>
        {
            AssertMembers(chunk, ["id", "object", "created", "model", "choices"],
                ["system_fingerprint", "usage", "service_tier"], "molmo");
            AssertNothingForeign(chunk);
        });
        Assert.All(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()), choice =>
        {
            AssertMembers(choice!.AsObject(), ["index", "delta", "finish_reason"], ["logprobs"]);
            AssertMembers(choice["delta"]!.AsObject(), [], ["role", "content", "refusal", .. Known], "points");
        });
        Assert.Equal("assistant", chunks[0]["choices"]![0]!["delta"]!["role"]!.GetValue<string>());
        Assert.Single(chunks, chunk => chunk["choices"] is JsonArray { Count: 1 } one
            && one[0]!["finish_reason"] is not null);
    }

    private static void AssertMembers(JsonObject body, string[] demanded, string[] known, params string[] ours)
    {
        var members = body.Select(member => member.Key).ToList();
        Assert.Equal([], demanded.Except(members));
        Assert.Equal([], members.Except(demanded).Except(known).Except(ours));
    }

    private static void AssertNothingForeign(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list) AssertNothingForeign(item);
                break;
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    if (Known.Contains(name)) Assert.True(value is null or JsonArray { Count: 0 }, $"{name}: {value}");
                    else AssertNothingForeign(value);
                }
                break;
        }
    }
}
