using System.Net;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.OpenAi;

public sealed class RefusalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData("""[]""", 400, "body")]
    [InlineData("""{}""", 400, "messages")]
    [InlineData("""{"messages":[]}""", 400, "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"  "}]}""", 400, null)]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", 400, "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud83d"}]}""", 400, "messages[0].content")]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", 400, "messages[0].role")]
    [InlineData("""{"messages":[{"role":"assistant","content":"x"}]}""", 400, "messages")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"audio"}]}]}""", 400, "messages[0].content[0].type")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", 400, "messages[0].content[0].image_url")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http:"""
            + """//169.254.169.254/"}}]}]}""",
        400, "messages[0].content[0].image_url.url")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,"""
            + """%%%"}}]}]}""",
        400, "messages[0].content[0].image_url.url")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,abc"}}]}]}""",
        400, "messages[0].content[0].image_url.url")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"text","text":"x"},"""
            + """{"type":"image_url","image_url":{"url":"data:image/svg+xml;base64,PHN2Zy8+"}}]}]}""",
        415, "image")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":3}""", 400, "temperature")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"top_p":-0.1}""", 400, "top_p")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"seed":1.5}""", 400, "seed")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stream":"yes"}""", 400, "stream")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"n":2}""", 400, "n")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stop":[""]}""", 400, "stop")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"molmo":{"max_crops":1000}}""", 400, "molmo.max_crops")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"model":"gpt-4"}""", 404, "model")]
    [InlineData("""{"messages":[""", 400, null)]
    public async Task Complete_WrongBody_NamesTheFieldAndAsksNothing(string body, int status, string? param)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await program.PostAsync("/v1/chat/completions", content, Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        var error = await response.ErrorAsync();
        Assert.Equal(("invalid_request_error", param), (error.Type, error.Param));
        Assert.Empty(chat.Model.Asked);
        Assert.Equal(0, chat.Left());
    }

    [Fact]
    public async Task Complete_TwoPictures_AreRefusedClearly()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        var body = OpenAiCalls.Question(picture: OpenAiCalls.Picture);
        var content = body["messages"]![0]!["content"]!.AsArray();
        content.Add(JsonNode.Parse("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"""));
        using var response = await program.AskAsync(body);
        Assert.Contains("one picture", (await response.ErrorAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WrongAddressMethodTypeOrHeader_IsRefusedInTheSameForm()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var nowhere = await program.GetAsync("/v1/nowhere", Cancel);
        Assert.Equal(("not_found", HttpStatusCode.NotFound), ((await nowhere.ErrorAsync()).Code, nowhere.StatusCode));
        using var method = await program.GetAsync("/v1/chat/completions", Cancel);
        Assert.Equal(("not_found", HttpStatusCode.NotFound), ((await method.ErrorAsync()).Code, method.StatusCode));
        using var form = await program.PostAsync("/v1/point", new StringContent("x"), Cancel);
        Assert.Equal(
            ("not_json", HttpStatusCode.UnsupportedMediaType), ((await form.ErrorAsync()).Code, form.StatusCode));
        using var mode = await program.AskAsync(OpenAiCalls.Question(), ("X-Points", "some"));
        Assert.Equal("X-Points", (await mode.ErrorAsync()).Param);
        using var site = await program.AskAsync(OpenAiCalls.Question(), ("Origin", "https://evil.example"));
        Assert.Equal(("permission_error", HttpStatusCode.Forbidden), ((await site.ErrorAsync()).Type, site.StatusCode));
        using var id = await program.GetAsync("/v1/generations/..%2f..%2fetc/events", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, id.StatusCode);
        await id.ErrorAsync();
    }

    [Slow]
    [Fact]
    public async Task Complete_BodyOrPictureTooLarge_IsRefusedBeforeItIsKept()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var body =
            await program.AskAsync(OpenAiCalls.Question(picture: "data:image/png;base64," + new string('A', 30 << 20)));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"),
            (body.StatusCode, (await body.ErrorAsync()).Code));
        using var picture = await program.AskAsync(
            OpenAiCalls.Question(picture: "data:image/png;base64," + new string('A', 28_200_000)));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "picture_too_large"),
            (picture.StatusCode, (await picture.ErrorAsync()).Code));
        Assert.Equal(0, chat.Left());
    }

    [Theory]
    [InlineData(null, "/v1/models", 401)]
    [InlineData("a key that is not one of them", "/v1/models", 401)]
    [InlineData("the first of two keys", "/v1/models", 200)]
    [InlineData("the second of two keys", "/v1/models/molmo", 200)]
    public async Task Program_WhereKeysAreSet_NeedsOne(string? token, string path, int status)
    {
        await using var chat = await OpenAiCalls.StartAsync(
            options: new MolmoOptions { ApiKeys = ["the first of two keys", "the second of two keys"] });
        using var program = chat.Program(token);
        using var response = await program.GetAsync(path, Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401)
            Assert.Equal(("authentication_error", "invalid_api_key"),
                (await response.ErrorAsync()) is var error ? (error.Type, error.Code) : default);
    }

    [Fact]
    public async Task Browser_OfAnAllowedSite_IsServedWithoutItsCookie()
    {
        await using var chat =
            await OpenAiCalls.StartAsync(options: new MolmoOptions { ApiOrigins = ["https://tool.example"] });
        using var program = chat.Program(token: null);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions")
        {
            Headers =
            {
                { "Origin", "https://tool.example" },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "authorization, content-type" }
            },
        };
        using var allowed = await program.SendAsync(preflight, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal("https://tool.example", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        using var answer = await program.AskAsync(
            OpenAiCalls.Question(), ("Origin", "https://tool.example"), ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var elsewhere =
            await program.PostAsync("/api/shares", new JsonObject(), ("Origin", "https://tool.example"));
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Program_WithoutAName_SharesTheLimitsOfItsAddress()
    {
        await using var chat = await OpenAiCalls.StartAsync(options: new MolmoOptions { MaxPerVisitor = 1 });
        var gate = chat.Model.HoldSteps();
        using var one = chat.Program(token: null);
        using var two = chat.Program("too short");
        var first = one.AskAsync(OpenAiCalls.Question());
        await OpenAiCalls.UntilAsync(() => chat.Model.Running == 1);
        using var second = await two.AskAsync(OpenAiCalls.Question());
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        gate.Release(1000);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }
}
