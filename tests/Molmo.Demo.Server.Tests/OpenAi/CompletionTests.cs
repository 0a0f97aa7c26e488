using System.Net;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.OpenAi;

public sealed class CompletionTests
{
    [Fact]
    public async Task Complete_Picture_GivesMarkupPointsUsageAndStampAndKeepsNothing()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();

        using var response = await program.AskAsync(OpenAiCalls.Question(picture: OpenAiCalls.Picture));
        var body = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.False(response.Headers.Contains("X-Molmo-Warning"));
        Assert.StartsWith("req_", Assert.Single(response.Headers.GetValues("x-request-id")), StringComparison.Ordinal);
        Assert.Equal(("chat.completion", "scripted", "fp_0_float32"),
            (body.Text("object"), body.Text("model"), body.Text("system_fingerprint")));
        var choice = body["choices"]![0]!.AsObject();
        Assert.Equal("stop", choice.Text("finish_reason"));
        var message = choice["message"]!.AsObject();
        Assert.Equal(("assistant", OpenAiCalls.Markup), (message.Text("role"), message.Text("content")));
        var group = Assert.Single(message["points"]!.AsArray())!.AsObject();
        Assert.Equal(
            """{"type":"point_group","index":0,"text":"penguins","alt":"red penguins","start":13,"end":97,"image":"""
                + """0,"scale":100,"points":[{"n":1,"x":10,"y":20},{"n":2,"x":30.5,"y":40}]}""",
            group.ToJsonString());
        Assert.EndsWith("</points>", OpenAiCalls.Markup[..97], StringComparison.Ordinal);
        var usage = body["usage"]!;
        Assert.Equal(7, usage["prompt_tokens"]!.GetValue<int>());
        Assert.Equal(usage["total_tokens"]!.GetValue<int>(), 7 + usage["completion_tokens"]!.GetValue<int>());
        var molmo = body["molmo"]!;
        Assert.Equal(2, molmo["count"]!.GetValue<int>());
        Assert.Equal("scripted", molmo["stamp"]!["model"]!.GetValue<string>());
        Assert.Equal(800, molmo["image"]!["width"]!.GetValue<int>());
        Assert.True(molmo["timings"]!["total_ms"]!.GetValue<double>() > 0);
        Assert.Null(molmo["conversation"]);
        Assert.Equal(0, chat.Left());
    }

    [Fact]
    public async Task Complete_EveryField_ReachesTheModel()
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        var body = JsonNode.Parse($$$"""
            {"model":"MOLMO","temperature":0.5,"top_p":0.9,"seed":7,"max_completion_tokens":12,"max_tokens":99,
            "frequency_penalty":1,"tools":[],
             "molmo":{"style":"vqa2","max_crops":36,"top_k":5,"may_drop_oldest":true,"other":1},
             "messages":[
               {"role":"system","content":"Be kind."},
               {"role":"user","content":[{"type":"text","text":"What"},{"type":"text","text":"is it?"},
               {"type":"image_url","image_url":{"url":"{{{OpenAiCalls.Picture}}}","detail":"high"}}]},
               {"role":"assistant","content":"A <point x=\"1\" y=\"2\" alt=\"a\">cat</point>."},
               {"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{OpenAiCalls.Picture}}}"}},
               {"type":"text","text":"Sure?"}]}]}
            """)!;

        using var response = await program.AskAsync(body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ignored messages[0].role system, ignored frequency_penalty, ignored tools, ignored molmo.other",
            Assert.Single(response.Headers.GetValues("X-Molmo-Warning")));
        var asked = Assert.Single(chat.Model.Asked);
        Assert.Equal("Sure?", asked.Text);
        Assert.Equal(new SamplingChoice(0.5, 5, 0.9, 7, 12), asked.Sampling);
        Assert.Equal([new Turn("What\nis it?", "A <point x=\"1\" y=\"2\" alt=\"a\">cat</point>.")], asked.History);
        Assert.NotNull(asked.Image);
    }

    [Fact]
    public async Task Complete_OnlyPoints_GivesWordsWithPlacesInThem()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();

        using var only = await program.AskAsync(OpenAiCalls.Question(), ("X-Points", "only"));
        var message = (await only.JsonAsync())["choices"]![0]!["message"]!.AsObject();
        Assert.Equal("Counting the penguins shows a total of 2.", message.Text("content"));
        var group = message["points"]![0]!;
        Assert.Equal(
            "penguins", message.Text("content")[group["start"]!.GetValue<int>()..group["end"]!.GetValue<int>()]);

        using var off = await program.AskAsync(OpenAiCalls.Question(), ("X-Points", "off"));
        message = (await off.JsonAsync())["choices"]![0]!["message"]!.AsObject();
        Assert.Equal(OpenAiCalls.Markup, message.Text("content"));
        Assert.False(message.ContainsKey("points"));
    }

    [Theory]
    [InlineData(" shows",
        "Counting the <points x1=\"10.0\" y1=\"20.0\" x2=\"30.5\" y2=\"40.0\" alt=\"red penguins\">penguins</points>")]
    [InlineData("Counting", "")]
    [InlineData("nowhere to be found", OpenAiCalls.Markup)]
    public async Task Complete_StopSequence_EndsTheTextBeforeIt(string stop, string expected)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        foreach (var isStream in new[] { false, true })
        {
            var body = OpenAiCalls.Question();
            body["stop"] = new JsonArray(stop, "and nothing else");
            body["stream"] = isStream;

            using var response = await program.AskAsync(body);

            var text = isStream
                ? string.Concat((await response.EventsAsync()).Where(data => data != "[DONE]")
                    .Select(data => JsonNode.Parse(data)!["choices"]![0]!["delta"]!["content"]?.GetValue<string>()))
                : (await response.JsonAsync())["choices"]![0]!["message"]!.AsObject().Text("content");
            Assert.Equal(expected, text);
        }
    }

    [Fact]
    public async Task Complete_CutAtItsLength_SaysSo()
    {
        await using var chat = await OpenAiCalls.StartAsync("one two three");
        using var program = chat.Program();
        var body = OpenAiCalls.Question();
        body["max_tokens"] = 2;
        // The script ends after two pieces, as the engine would.
        chat.Model.Script = _ => ["one ", "two"];
        using var response = await program.AskAsync(body);
        Assert.Equal("length", (await response.JsonAsync())["choices"]![0]!.AsObject().Text("finish_reason"));
    }

    [Fact]
    public async Task Complete_Stored_StaysWithTheCallerAndItsEventsCanBeRead()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        chat.Model.CropWarning = new ManyCrops(30, 12);
        using var program = chat.Program();
        var body = OpenAiCalls.Question();
        body["store"] = true;

        using var response = await program.AskAsync(body);
        var molmo = (await response.JsonAsync())["molmo"]!.AsObject();

        var address = $"/v1/generations/{molmo.Text("generation_id")}/events";
        using var all = await program.GetAsync(address, TestContext.Current.CancellationToken);
        var events = await all.EventsAsync();
        Assert.Equal(
            Enumerable.Range(1, events.Count), events.Select(data => JsonNode.Parse(data)!["seq"]!.GetValue<int>()));
        Assert.Equal("end", JsonNode.Parse(events[^1])!["type"]!.GetValue<string>());
        // Who reads events need not know facts.
        var note = events.Select(data => JsonNode.Parse(data)!).Single(e => e["type"]!.GetValue<string>() == "note");
        Assert.StartsWith("Asked with 30 crops", note["message"]!.GetValue<string>(), StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Last-Event-ID", "2" } } };
        using var rest = await program.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await rest.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("id: 3\nevent: ", text, StringComparison.Ordinal);
        Assert.Equal(events.Skip(2), await rest.EventsAsync());

        // Nothing left: an EventSource stops at that. A number that no event has gets the end.
        using var after =
            new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Last-Event-ID", $"{events.Count}" } } };
        using var nothing = await program.SendAsync(after, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, ""),
            (nothing.StatusCode, await nothing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        using var beyond = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Headers = { { "Last-Event-ID", $"{events.Count + 300}" } }
        };
        using var end = await program.SendAsync(beyond, TestContext.Current.CancellationToken);
        Assert.Equal([events[^1]], await end.EventsAsync());

        using var other = chat.Program("the token of somebody else");
        using var foreign = await other.GetAsync(address, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal("not_found", (await foreign.ErrorAsync()).Code);
    }

    [Fact]
    public async Task Complete_ModelNotReady_IsAskedToWait()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        chat.Model.Trouble = new EarlierWords("The model is loading.");
        using var program = chat.Program();
        using var response = await program.AskAsync(OpenAiCalls.Question());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("model_not_ready", (await response.ErrorAsync()).Code);
    }

    [Fact]
    public async Task Complete_MoreThanAllowedAtOnce_IsRefusedWhileOthersAreServed()
    {
        await using var chat = await OpenAiCalls.StartAsync(options: new MolmoOptions { MaxPerVisitor = 1 });
        var gate = chat.Model.HoldSteps();
        using var program = chat.Program();
        using var other = chat.Program("the token of somebody else");
        var first = program.AskAsync(OpenAiCalls.Question());
        await OpenAiCalls.UntilAsync(() => chat.Model.Running == 1);

        using var refused = await program.AskAsync(OpenAiCalls.Question());
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(("rate_limit_error", "too_many_running"),
            (await refused.ErrorAsync()) is var error ? (error.Type, error.Code) : default);
        var others = other.AskAsync(OpenAiCalls.Question());
        gate.Release(1000);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await others).StatusCode);
    }
}
