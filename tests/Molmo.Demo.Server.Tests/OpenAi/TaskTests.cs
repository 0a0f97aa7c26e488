using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Molmo.Demo.Server.OpenAi;
using Molmo.Demo.Server.Tests.Chat;

namespace Molmo.Demo.Server.Tests.OpenAi;

public sealed class TaskTests
{
    [Fact]
    public async Task Point_Object_GivesPointsAndTheirScale()
    {
        await using var chat = await OpenAiCalls.StartAsync(
            "<points x1=\"10.0\" y1=\"20.0\" x2=\"30.5\" y2=\"40.0\" alt=\"dogs\">dogs</points>");
        using var program = chat.Program();
        using var response = await program.PostAsync("/v1/point", Body("dogs"));
        var body = await response.JsonAsync();
        Assert.Equal("Point to the dogs.", Assert.Single(chat.Model.Asked).Text);
        Assert.Equal("""[{"x":10,"y":20},{"x":30.5,"y":40}]""", body["points"]!.ToJsonString());
        Assert.Equal((2, 100, 800, 800),
            (Number(body, "count"), Number(body, "scale"), Number(body, "width"), Number(body, "height")));
        Assert.Equal(("dogs", "dogs"), (body.Text("object"), body.Text("text")));
        Assert.Equal(Assert.Single(response.Headers.GetValues("x-request-id")), body.Text("request_id"));
        Assert.Equal(0, chat.Left());
    }

    [Slow]
    [Theory]
    [InlineData(OpenAiCalls.Markup, 2, 2)]
    [InlineData("There are none.", 0, 0)]
    [InlineData("Counting the <point x=\"1\" y=\"2\" alt=\"a\">dogs</point> shows a total of 13.", 13, 1)]
    [InlineData("<point x=\"1\" y=\"2\" alt=\"a\">dog</point>", 1, 1)]
    public async Task Count_Object_GivesTheStatedNumber(string answer, int count, int points)
    {
        await using var chat = await OpenAiCalls.StartAsync(answer);
        using var program = chat.Program();
        using var response = await program.PostAsync("/v1/count", Body("dogs", isBare: true));
        var body = await response.JsonAsync();
        Assert.Equal("How many dogs are there?", Assert.Single(chat.Model.Asked).Text);
        Assert.Equal((count, points), (Number(body, "count"), body["points"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("object")]
    [InlineData("image")]
    public async Task Point_WithoutPart_NamesIt(string missing)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        var body = Body("dogs");
        body.Remove(missing);
        using var response = await program.PostAsync("/v1/point", body);
        Assert.Equal((HttpStatusCode.BadRequest, missing), (response.StatusCode, (await response.ErrorAsync()).Param));
    }

    [Fact]
    public async Task Repeat_SameKey_AsksOnceAlsoAfterARestart()
    {
        var first = await OpenAiCalls.StartAsync();
        string reply;
        using (var program = first.Program())
        {
            using var one = await program.PostAsync("/v1/point", Body("dogs"), ("Idempotency-Key", "k1"));
            reply = await one.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            using var two = await program.PostAsync("/v1/point", Body("dogs"), ("Idempotency-Key", "k1"));
            Assert.Equal(reply, await two.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("true", Assert.Single(two.Headers.GetValues("Idempotency-Replayed")));
            using var otherBody = await program.PostAsync("/v1/point", Body("cats"), ("Idempotency-Key", "k1"));
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"),
                (otherBody.StatusCode, (await otherBody.ErrorAsync()).Code));
            using var stranger = first.Program("the token of somebody else");
            using var theirs = await stranger.PostAsync("/v1/point", Body("cats"), ("Idempotency-Key", "k1"));
            Assert.Equal(HttpStatusCode.OK, theirs.StatusCode);
        }
        Assert.Equal(2, first.Model.Asked.Count);
        Assert.Equal(0, first.Left());
        await first.StopAsync();

        await using var second = await ChatApplication.StartAsync(data: first.Data);
        using var later = second.Program();
        using var again = await later.PostAsync("/v1/point", Body("dogs"), ("Idempotency-Key", "k1"));
        Assert.Equal(reply, await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(second.Model.Asked);
        using (var connection = second.Database.Open())
            connection.Execute("UPDATE replies SET created_at = created_at - 86400001");
        using var nextDay = await later.PostAsync("/v1/point", Body("cats"), ("Idempotency-Key", "k1"));
        Assert.Equal(HttpStatusCode.OK, nextDay.StatusCode);
        Assert.Single(second.Model.Asked);
    }

    [Fact]
    public async Task Repeat_WhileItRuns_JoinsItAndItOutlivesItsFirstCaller()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        var gate = chat.Model.HoldSteps();
        var body = OpenAiCalls.Question();
        body["stream"] = true;
        var leaving = chat.Program();
        using (await leaving.AskAsync(body, ("Idempotency-Key", "k2")))
            await OpenAiCalls.UntilAsync(() => chat.Model.Running == 1);
        leaving.Dispose();
        using var program = chat.Program();
        using var joined = await program.AskAsync(body, ("Idempotency-Key", "k2"));
        gate.Release(1000);

        var events = await joined.EventsAsync();
        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal(OpenAiCalls.Markup, string.Concat(events[..^1]
            .Select(data => JsonNode.Parse(data)!["choices"]![0]!["delta"]!["content"]?.GetValue<string>())));
        using var replayed = await program.AskAsync(body, ("Idempotency-Key", "k2"));
        Assert.Contains("a total of 2", await replayed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Single(chat.Model.Asked);
        Assert.Equal(0, chat.Left());
    }

    [Fact]
    public async Task Start_AfterACrash_DeletesWhatProgramsAskedInPassing()
    {
        await using var first = await OpenAiCalls.StartAsync();
        var gate = first.Model.HoldSteps();
        using var program = first.Program();
        var asking = program.AskAsync(OpenAiCalls.Question(picture: OpenAiCalls.Picture), ("Idempotency-Key", "k3"));
        await OpenAiCalls.UntilAsync(() => first.Model.Running == 1);
        var copy = Directory.CreateTempSubdirectory("molmo-crash-").FullName;
        foreach (var file in Directory.GetFiles(first.Data, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "lock"))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(first.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        gate.Release(1000);
        (await asking).Dispose();

        await using var second = await ChatApplication.StartAsync(data: copy);
        await OpenAiCalls.UntilAsync(() => second.Left() == 0);
    }

    [Fact]
    public void StopSequences_AnySplit_GivesTheSameText()
    {
        const string text = "one, two, tthree, four";
        for (var size = 1; size <= text.Length; size++)
        {
            var stop = new StopSequences(["three", "zzz"]);
            var passed =
                string.Concat(text.Chunk(size).Select(piece => stop.Append(new string(piece)))) + stop.Complete();
            Assert.Equal("one, two, t", passed);
        }
    }

    private static JsonObject Body(string looked, bool isBare = false)
        => new()
        {
            ["image"] = isBare ? OpenAiCalls.Picture[(OpenAiCalls.Picture.IndexOf(',', StringComparison.Ordinal) + 1)..]
                : OpenAiCalls.Picture,
            ["object"] = looked
        };

    private static int Number(JsonObject body, string name) => body[name]!.GetValue<int>();
}
