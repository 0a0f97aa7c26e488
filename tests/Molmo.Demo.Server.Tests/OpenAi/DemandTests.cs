using System.Net;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>What clients ask for beside an answer: obeyed, of no effect, or refused, but never passed over.</summary>
public sealed class DemandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{}}}",
        "response_format")]
    [InlineData("\"response_format\":{\"type\":\"grammar\"}", "response_format")]
    [InlineData("\"response_format\":{}", "response_format")]
    [InlineData("\"response_format\":\"json\"", "response_format")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"tool_choice\":\"any\"", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"a\"}}", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"a\"}}", "tool_choice")]
    [InlineData(
        "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[]}}",
        "tool_choice")]
    [InlineData("\"function_call\":{\"name\":\"a\"}", "function_call")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"top_logprobs\":5", "top_logprobs")]
    [InlineData("\"logit_bias\":{\"50256\":-100}", "logit_bias")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"modalities\":[\"image\"]", "modalities")]
    [InlineData("\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}", "audio")]
    [InlineData("\"web_search_options\":{}", "web_search_options")]
    [InlineData("\"temperature\":-1", "temperature")]
    [InlineData("\"top_p\":-0.1", "top_p")]
    [InlineData("\"top_p\":1.5", "top_p")]
    public async Task Complete_DemandThatCannotBeMet_IsRefused(string member, string param)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        foreach (var stream in new[] { "false", "true" })
        {
            using var response = await program.AskAsync(JsonNode.Parse(
                $$"""{"messages":[{"role":"user","content":"x"}],"stream":{{stream}},{{member}}}""")!);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var error = await response.ErrorAsync();
            Assert.Equal(("invalid_request_error", param), (error.Type, error.Param));
        }
        Assert.Empty(chat.Model.Asked);
        Assert.Equal(0, chat.Left());
    }

    [Fact]
    public async Task Complete_AllThatClientsSendByHabit_IsAccepted()
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();

        using var response = await program.AskAsync(JsonNode.Parse("""
            {"messages":[{"role":"user","content":"x"}],"model":"molmo","max_completion_tokens":256.0,"seed":7.0,
             "top_p":0,"temperature":0.5,
             "n":1,"stop":[],"store":false,"stream_options":{"include_usage":true,"include_obfuscation":false},
             "response_format":{"type":"text"},"tool_choice":"auto","parallel_tool_calls":true,"function_call":"none",
             "tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{}}}}],
             "logprobs":false,"top_logprobs":0,"logit_bias":{},"modalities":["text"],
             "frequency_penalty":0,"presence_penalty":0,"reasoning_effort":"low","verbosity":"low",
             "metadata":{"a":"b"},"service_tier":"auto","user":"ann","prompt_cache_key":"k",
             "prompt_cache_retention":"24h","safety_identifier":"s","prediction":{"type":"content","content":"x"},
             "unheard_of":{"a":[1]}}
            """)!);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        // The smallest set of tokens that reaches nothing is the likeliest one.
        Assert.Equal(new SamplingChoice(0, 0, 1, 7, 256), Assert.Single(chat.Model.Asked).Sampling);
    }

    [Theory]
    [InlineData("\"none\"")]
    [InlineData("{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[]}}")]
    public async Task Complete_ToolChoiceThatForcesNothing_IsAccepted(string choice)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        using var response = await program.AskAsync(JsonNode.Parse(
            $$"""{"messages":[{"role":"user","content":"x"}],"tool_choice":{{choice}}}""")!);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Complete_NullForAllThatMayBeLeftOut_IsAcceptedWithoutAWord()
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        var body = OpenAiCalls.Question();
        foreach (var name in (string[])["model", "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed",
            "stop", "stream", "stream_options", "store", "n", "response_format", "tools", "tool_choice",
            "parallel_tool_calls", "functions", "function_call", "logprobs", "top_logprobs", "logit_bias", "modalities",
            "audio", "web_search_options", "prediction", "frequency_penalty", "presence_penalty", "reasoning_effort",
            "verbosity", "metadata", "service_tier", "user", "prompt_cache_key", "safety_identifier", "molmo"])
            body[name] = null;

        using var response = await program.AskAsync(body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("X-Molmo-Warning"));
    }

    [Theory]
    [InlineData("/v1/responses")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/messages")]
    public async Task Program_OfAnotherApi_IsToldWhereToAsk(string path)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var response = await program.PostAsync(path, JsonNode.Parse("""{"model":"molmo","input":"x"}""")!);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var error = await response.ErrorAsync();
        Assert.Equal(("invalid_request_error", "not_found"), (error.Type, error.Code));
        Assert.Contains("/v1/chat/completions", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions/")]
    [InlineData("/V1/Chat/Completions")]
    public async Task Complete_AddressAsClientsWriteIt_IsFound(string path)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        using var response = await program.PostAsync(path, OpenAiCalls.Question());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var models = await program.GetAsync("/v1/models/", Cancel);
        Assert.Equal("list", (await models.JsonAsync()).Text("object"));
    }

    [Fact]
    public async Task Complete_Envelopes_HaveAllFourMembers()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var refused = await program.GetAsync("/v1/nowhere", Cancel);
        var error = (await refused.JsonAsync())["error"]!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(member => member.Key));
        Assert.Null(error["param"]);
    }
}
