using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.OpenAi;

public sealed class StreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_Answer_ComesInPiecesThenPointsThenUsage()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();

        using var response = await program.AskAsync(Streamed(usage: true));
        var events = await response.EventsAsync();

        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].ConvertAll(data => JsonNode.Parse(data)!.AsObject());
        Assert.All(chunks, chunk => Assert.Equal(("chat.completion.chunk", chunks[0].Text("id"), "scripted"),
            (chunk.Text("object"), chunk.Text("id"), chunk.Text("model"))));
        var deltas = chunks[..^1].ConvertAll(chunk => chunk["choices"]![0]!["delta"]!);
        Assert.Equal("assistant", deltas[0]["role"]!.GetValue<string>());
        Assert.Equal(OpenAiCalls.Markup, string.Concat(deltas.Select(delta => delta["content"]?.GetValue<string>())));
        var last = chunks[^2];
        Assert.Equal("stop", last["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Equal(2, last["choices"]![0]!["delta"]!["points"]![0]!["points"]!.AsArray().Count);
        Assert.Equal("scripted", last["molmo"]!["stamp"]!["model"]!.GetValue<string>());
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(7, chunks[^1]["usage"]!["prompt_tokens"]!.GetValue<int>());
        await OpenAiCalls.UntilAsync(() => chat.Left() == 0);
    }

    [Slow]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Close_InTheMiddle_StopsTheModelAndKeepsNothing(bool isStream)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        var gate = chat.Model.HoldSteps();
        var program = chat.Program();
        var body = Streamed(usage: false);
        body["stream"] = isStream;
        var asking = program.AskAsync(body);
        gate.Release(2);
        if (isStream)
        {
            using var reader = new StreamReader(await (await asking).Content.ReadAsStreamAsync(Cancel));
            while (await reader.ReadLineAsync(Cancel) is { } line
                && !line.Contains("Countin", StringComparison.Ordinal))
                Assert.NotNull(line);
            program.Dispose();
        }
        else
        {
            await OpenAiCalls.UntilAsync(() => chat.Model.Steps == 2);
            program.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => asking);
        }

        // Nothing lets it go on: it ends because it was stopped.
        await OpenAiCalls.UntilAsync(() => chat.Model.Running == 0);
        Assert.Equal(2, chat.Model.Steps);
        await OpenAiCalls.UntilAsync(() => chat.Left() == 0);
        Assert.Equal(0, (await chat.Service.GetQueueStatusAsync(Cancel)).Running);
    }

    [Fact]
    public async Task Stream_NothingToSay_SendsSignsOfLife()
    {
        await using var chat = await OpenAiCalls.StartAsync(options: new MolmoOptions { HeartbeatSeconds = 1 });
        var gate = chat.Model.HoldSteps();
        using var program = chat.Program();
        using var response = await program.AskAsync(Streamed(usage: false));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));

        string? line;
        do line = await reader.ReadLineAsync(Cancel);
        while (line is not null && !line.StartsWith(':'));

        Assert.Equal(": still there", line);
        gate.Release(1000);
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ModelFails_EndsWithTheError()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        chat.Model.Script = _ => Failing();
        using var program = chat.Program();
        using var response = await program.AskAsync(Streamed(usage: true));
        var events = await response.EventsAsync();
        var error = JsonNode.Parse(events[^1])!["error"]!.AsObject();
        Assert.Equal(("server_error", "engine_failed"), (error.Text("type"), error.Text("code")));
        Assert.DoesNotContain("[DONE]", events);

        static IEnumerable<string> Failing()
        {
            yield return "Some ";
            throw new InvalidOperationException("secret detail");
        }
    }

    private static JsonObject Streamed(bool usage)
    {
        var body = OpenAiCalls.Question();
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = usage };
        return body;
    }
}
