using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Judging;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>A judge over real sockets: a server here that speaks OpenAI's form.</summary>
public sealed class OpenAiJudgeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_JudgeBehindAnApi_IsRecordedAndReplayedAlike()
    {
        var asked = new List<(string? Key, JsonNode Body)>();
        await using var api = await StartAsync(async request =>
        {
            var body = (await JsonNode.ParseAsync(request.Body, cancellationToken: Cancel))!;
            asked.Add((request.Headers.Authorization, body));
            var user = (string)body["messages"]![1]!["content"]!;
            // One statement of two is stated; both of the caption's are consistent: recall 1/2, precision 1, F1 2/3.
            var reply = user.StartsWith("Person 1", StringComparison.Ordinal)
                ? user.Contains("Statements:", StringComparison.Ordinal) ? "[true, true]" : """["A cat.", "A mat."]"""
                : user.StartsWith("Caption", StringComparison.Ordinal) ? "[true, false]" : """["A cat.", "It sits."]""";
            var message = new { role = "assistant", content = reply };
            return Results.Json(new { choices = new[] { new { message } } });
        });
        using var folder = new TemporaryFolder();
        var (captions, record) = (folder.Combine("captions.jsonl"), folder.Combine("replies.jsonl"));
        await File.WriteAllTextAsync(
            captions, """{"prediction":"A cat sits.","transcripts":["A cat on a mat.", " "]}""", Cancel);
        Environment.SetEnvironmentVariable(JudgeOptions.KeyVariable, "very secret");
        try
        {
            var live = await RunAsync("score", "caption_f1", captions, "--judge", $"{AddressOf(api)}/v1/",
                "--judge-model", "some-judge", "--record", record);

            var scores = JsonNode.Parse(live)!["scores"]!;
            Assert.Equal(2 / 3.0, (double)scores["caption_f1"]!["mean"]!, 12);
            Assert.Equal(4, asked.Count);
            Assert.All(asked, one => Assert.Equal(("Bearer very secret", "some-judge", 0, "system"),
                (one.Key, (string)one.Body["model"]!, (int)one.Body["temperature"]!,
                    (string)one.Body["messages"]![0]!["role"]!)));
            var lines = await File.ReadAllTextAsync(record, Cancel);
            Assert.Equal(4, lines.TrimEnd().Split('\n').Length);
            Assert.DoesNotContain("secret", lines, StringComparison.Ordinal);

            Assert.Equal(live, await RunAsync("score", "caption_f1", captions, "--replay", record));
            Assert.Equal(4, asked.Count);
            using var error = new StringWriter();
            Assert.Equal(1, await LabProgram.RunAsync(["score", "caption_f1", captions, "--replay", record, "--record",
                record], TextWriter.Null, error));
            Assert.Contains("Name a new one with --record.", error.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(JudgeOptions.KeyVariable, null);
        }
    }

    [Theory]
    [InlineData(401, "No such key.", "answered 401: No such key. Check --judge")]
    [InlineData(200, "<html>", "is not of OpenAI's form: <html>")]
    [InlineData(200, """{"choices":[]}""", "is not of OpenAI's form")]
    public async Task AskAsync_AnswerOfAnotherForm_IsOneSentence(int status, string body, string expected)
    {
        await using var api = await StartAsync(_ => Task.FromResult(Results.Text(body, statusCode: status)));
        using var judge = new OpenAiJudge($"{AddressOf(api)}/v1", "some-judge", key: null);

        var refusal = await Assert.ThrowsAsync<CommandException>(
            () => judge.AskAsync(new JudgeRequest("s", "u"), Cancel));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_NobodyThere_IsOneSentence()
    {
        string address;
        await using (var api = await StartAsync(_ => Task.FromResult(Results.Ok()))) address = AddressOf(api);
        using var judge = new OpenAiJudge(address, "some-judge", key: null);

        var refusal = await Assert.ThrowsAsync<CommandException>(
            () => judge.AskAsync(new JudgeRequest("s", "u"), Cancel));

        Assert.Contains("cannot be reached", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(Func<HttpRequest, Task<IResult>> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var api = builder.Build();
        api.Urls.Add("http://127.0.0.1:0");
        api.MapPost("/v1/chat/completions", answer);
        await api.StartAsync(Cancel);
        return api;
    }

    private static string AddressOf(WebApplication api) => api.Urls.Single();

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await LabProgram.RunAsync(arguments, output, error), error.ToString()));
        return output.ToString();
    }
}
