using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>The built program with the tiny model, as processes that are killed and started again.</summary>
[Slow]
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CookieContainer _person = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kill_MidAnswer_KeepsAllButTheLastSecondAndMarksItInterrupted()
    {
        var address = FreeAddress();
        for (var round = 0; round < 3; round++)
        {
            string id;
            var seen = new List<(TimeSpan At, GenerationEvent Event)>();
            var clock = Stopwatch.StartNew();
            var last = 0L;
            await using (var program = await StartAsync(address, "data", "--model", TinyModels.Endless(_folder)))
            {
                await using var hub = await Loopback.ConnectAsync(address, _person);
                (id, _) = await hub.StartAsync(new { text = $"Point to the penguins, round {round}." });
                var killing = KillAfterAsync(program, TimeSpan.FromMilliseconds(700 + round * 400));
                try
                {
                    await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", id, 1L, Cancel))
                        seen.Add((clock.Elapsed, e));
                }
                catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
                {
                }
                var killedAt = await killing;
                last = seen[^1].Event.Seq;
                seen.RemoveAll(item => item.At > killedAt - TimeSpan.FromSeconds(1));
            }
            await using var next = await StartAsync(address, "data", "--model", TinyModels.Endless(_folder));
            await using var back = await Loopback.ConnectAsync(address, _person);
            var kept = await back.ReadAsync(id);
            kept.AssertWhole(afterCrash: true);
            Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(kept[^1]).Reason);
            Assert.Equal(seen.Select(item => item.Event), kept.Take(seen.Count));
            // A reader that had read more than was kept learns of the end.
            Assert.Equal(kept[^1], (await back.ReadAsync(id, last + 1))[^1]);
            Assert.True(kept.Count > 2, "Nothing was written before the kill.");

            async Task<TimeSpan> KillAfterAsync(ProgramProcess program, TimeSpan delay)
            {
                await Sequences.UntilAsync(() => seen.Count > 3, "the answer has begun");
                await Task.Delay(delay, Cancel);
                await program.KillAsync();
                return clock.Elapsed;
            }
        }
    }

    [Fact]
    public async Task Terminate_WithAnswersRunning_EndsThemAndExitsWithZero()
    {
        var address = FreeAddress();
        var ids = new List<string>();
        await using (var program = await StartAsync(
            address, "data", "--model", TinyModels.Endless(_folder), "--Molmo:DrainSeconds", "1"))
        {
            await using var hub = await Loopback.ConnectAsync(address, _person);
            for (var i = 0; i < 3; i++) ids.Add((await hub.StartAsync(new { text = $"Describe it {i}" })).GenerationId);
            var reading = ids.ConvertAll(id => hub.ReadAsync(id));
            await hub.StreamAsync<GenerationEvent>("Attach", ids[2], 1L, Cancel).TakeAsync(3);
            using var kill = Process.Start("kill", ["-TERM", $"{program.Id}"]);
            Assert.Equal(0, await program.EndAsync());
            foreach (var answer in reading)
                Assert.True((await answer)[^1] is Ended
                {
                    Reason: EndReason.Interrupted or EndReason.Length
                    or EndReason.Finished
                });
        }
        await using var next = await StartAsync(address, "data");
        await using var back = await Loopback.ConnectAsync(address, _person);
        foreach (var id in ids) (await back.ReadAsync(id)).AssertWhole();
    }

    [Fact]
    public async Task TwoProcesses_EitherIsKilledMidAnswer_TheWebSideKeepsTheText()
    {
        // Enough to be interrupted.
        var sampling = new { maxTokens = 200 };
        var (web, inference) = (FreeAddress(), FreeAddress());
        string[] webRole = ["--role", "web", "--inference", inference.ToString(), "--key", "0123456789abcdef"];
        string[] inferenceRole =
            ["--role", "inference", "--key", "0123456789abcdef", "--model", TinyModels.Endless(_folder)];
        var engine = await StartAsync(inference, "inference", inferenceRole);
        var site = await StartAsync(web, "web", webRole);
        try
        {
            var image = await UploadAsync(web);
            var hub = await ConnectedAsync(web);
            var undisturbed =
                await hub.ReadAsync((await hub.StartAsync(new { text = "How many?", image, sampling })).GenerationId);
            undisturbed.AssertWhole();
            Assert.Equal(EndReason.Length, Assert.IsType<Ended>(undisturbed[^1]).Reason);

            // The web process dies; the text goes on.
            var (id, _) = await hub.StartAsync(new { text = "How many?", image, sampling });
            await hub.StreamAsync<GenerationEvent>("Attach", id, 1L, Cancel).TakeAsync(4);
            await site.KillAsync();
            site = await StartAsync(web, "web", webRole);
            hub = await Loopback.ConnectAsync(web, _person);
            var resumed = await hub.ReadAsync(id);
            resumed.AssertWhole();
            Assert.Equal(EndReason.Length, Assert.IsType<Ended>(resumed[^1]).Reason);
            Assert.Equal(undisturbed.Prose(), resumed.Prose());
            Assert.Equal(undisturbed.OfType<PointFound>().Select(p => p with { Seq = 0 }),
                resumed.OfType<PointFound>().Select(p => p with { Seq = 0 }));

            // The inference process dies; what came over is kept.
            hub = await ConnectedAsync(web);
            (id, _) = await hub.StartAsync(new { text = "How many?", image, sampling });
            var reading = hub.ReadAsync(id);
            await hub.StreamAsync<GenerationEvent>("Attach", id, 1L, Cancel).TakeAsync(4);
            await engine.KillAsync();
            await Sequences.UntilAsync(
                () =>
                    hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel).Result is { Ready: false, Message: { } message }
                        && message.Contains("cannot be reached", StringComparison.Ordinal),
                "the status says so");
            await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(
                () => hub.StartAsync(new { text = "Anyone?", image, sampling }));
            engine = await StartAsync(inference, "inference", inferenceRole);
            var interrupted = await reading;
            interrupted.AssertWhole();
            Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(interrupted[^1]).Reason);
            Assert.StartsWith(interrupted.Prose(), undisturbed.Prose(), StringComparison.Ordinal);

            hub = await ConnectedAsync(web);
            var again =
                await hub.ReadAsync((await hub.StartAsync(new { text = "How many?", image, sampling })).GenerationId);
            Assert.Equal(undisturbed.Prose(), again.Prose());
        }
        finally
        {
            await site.DisposeAsync();
            await engine.DisposeAsync();
        }
    }

    [Fact]
    public async Task Ask_AboutAGalleryPicture_AnswersAsTheModelDoes()
    {
        var address = FreeAddress();
        await using var program = await StartAsync(address, "data");
        await using var hub = await Loopback.ConnectAsync(address, _person);
        var image = await UploadAsync(address);
        var (id, conversation) = await hub.StartAsync(new { text = "How many penguins are there?", image });
        var events = await hub.ReadAsync(id);
        events.AssertWhole();
        var started = Assert.IsType<Started>(events[0]);
        Assert.Equal("molmo-tiny", started.Stamp.Model);
        Assert.True(started.Sent is { Crops: > 1, ImageTokens: > 10, Width: > 0, Height: > 0 });
        var end = Assert.IsType<Ended>(events[^1]);
        Assert.Equal(EndReason.Finished, end.Reason);
        Assert.True(end.Usage is { PromptTokens: > 10, AnswerTokens: > 1 });
        Assert.True(end.Timings is { PreprocessMs: > 0, FirstTokenMs: > 0, TokensPerSecond: > 0 });
        Assert.NotEmpty(events.Prose());

        // Greedy: the same question in a new conversation gives the same answer.
        var again = await hub.ReadAsync(
            (await hub.StartAsync(new { text = "How many penguins are there?", image })).GenerationId);
        Assert.Equal(events.Prose(), again.Prose());

        // Trained on single questions: earlier turns are not put before this one.
        var followUp = await hub.ReadAsync(
            (await hub.StartAsync(new { text = "How many penguins are there?", image, conversation })).GenerationId);
        Assert.Equal(end.Usage, ((Ended)followUp[^1]).Usage);
        Assert.Equal(events.Prose(), followUp.Prose());
    }

    [Fact]
    public async Task Ask_FollowUpOfAModelForConversations_TakesEarlierTurnsAlong()
    {
        var address = FreeAddress();
        await using var program = await StartAsync(address, "data", "--model", TinyModels.Conversing(_folder));
        await using var hub = await Loopback.ConnectAsync(address, _person);
        var image = await UploadAsync(address);

        var (id, conversation) = await hub.StartAsync(new { text = "How many penguins are there?", image });
        var first = Assert.IsType<Ended>((await hub.ReadAsync(id))[^1]);
        var second = Assert.IsType<Ended>((await hub.ReadAsync(
            (await hub.StartAsync(new { text = "How many penguins are there?", image, conversation })).GenerationId))[
                ^1]);

        Assert.True(second.Usage.PromptTokens >= first.Usage.PromptTokens + first.Usage.AnswerTokens,
            $"{second.Usage} after {first.Usage}");
    }

    /// <summary>Slow where the model is endless: so that there is a middle of the answer to act in.</summary>
    private async Task<ProgramProcess> StartAsync(Uri address, string data, params string[] more)
    {
        var program = new ProgramProcess(more.Contains(TinyModels.Endless(_folder)),
            ["--urls", address.ToString(), "--data", _folder.Combine(data), .. more]);
        await program.UntilOutputAsync("Now listening on");
        return program;
    }

    /// <summary>The hub once questions are answered.</summary>
    private async Task<HubConnection> ConnectedAsync(Uri address)
    {
        var hub = await Loopback.ConnectAsync(address, _person);
        await Sequences.UntilAsync(
            () => hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel).Result.Ready, "questions are answered");
        return hub;
    }

    private async Task<string> UploadAsync(Uri address)
    {
        using var http = new HttpClient(new HttpClientHandler { CookieContainer = _person }) { BaseAddress = address };
        var file = Directory.GetFiles(TestData.Samples, "*.jpg").Order(StringComparer.Ordinal).First();
        using var reply = await http.PostAsync(
            "api/images", new ByteArrayContent(await File.ReadAllBytesAsync(file, Cancel)), Cancel);
        var body = await reply.Content.ReadAsStringAsync(Cancel);
        Assert.True(reply.IsSuccessStatusCode, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()!;
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
