using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>The network through libtorch as a process of its own, and a web process that has none of it.</summary>
[Slow]
public sealed class TorchRoleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CookieContainer _person = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TwoProcesses_InferenceThroughLibTorch_AnswersAsTheManagedEngineDoes()
    {
        var library = TestData.Require(TestData.LibTorch, "Libraries of libtorch");
        var inference = FreeAddress();
        await using var engine = new ProgramProcess(
            "--urls", inference.ToString(), "--data", _folder.Combine("inference"), "--role", "inference", "--device",
            "torch-cpu", "--libtorch", library);
        Assert.Contains(
            "Device   CPU through libtorch", await engine.UntilOutputAsync("Data "), StringComparison.Ordinal);
        await using var site = new ProgramProcess(
            "--urls", "http://127.0.0.1:0", "--data", _folder.Combine("web"), "--role", "web", "--inference",
            inference.ToString());
        await using var managed = new ProgramProcess(
            "--urls", "http://127.0.0.1:0", "--data", _folder.Combine("all"), "--device", "cpu");

        var (expected, _) = await AnswerAsync(await managed.UntilListeningAsync());
        var (events, stamp) = await AnswerAsync(await site.UntilListeningAsync());

        Assert.Equal(expected.Prose(), events.Prose());
        Assert.Equal(Places(expected), Places(events));
        Assert.NotEmpty(Places(events));
        Assert.Matches(@"^CPU, libtorch 2\.\d+\.\d+, \d+ threads?$", Words.Of(stamp.Device));
        Assert.Equal("float32", stamp.Precision);

        using var client = new HttpClient { BaseAddress = inference };
        var ready = await client.GetFromJsonAsync<JsonElement>("ready", Cancel);
        Assert.Equal((Words.Of(stamp.Device), "float32"),
            (ready.GetProperty("device").GetString(), ready.GetProperty("precision").GetString()));
        Assert.Contains(
            $"molmo_engine_info{{device=\"{Words.Of(stamp.Device)}\",library=\""
                + $"{Words.Of(stamp.Device).Split(", ")[1]}\",precision=\"float32\"}} 1",
            await client.GetStringAsync("metrics", Cancel), StringComparison.Ordinal);
        Assert.Matches(
            @"float32: \d+ blocks of keys and values hold \d+ positions in \d+ MiB, \d+ answers at full length",
            engine.Output);
    }

    private async Task<(List<GenerationEvent> Events, EngineStamp Stamp)> AnswerAsync(Uri address)
    {
        await using var hub = await Loopback.ConnectAsync(address, _person);
        await Sequences.UntilAsync(
            () => hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel).Result.Ready, "questions are answered");
        using var http = new HttpClient(new HttpClientHandler { CookieContainer = _person }) { BaseAddress = address };
        var file = await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, "scene-03.png"), Cancel);
        using var reply = await http.PostAsync("api/images", new ByteArrayContent(file), Cancel);
        var image = (await reply.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString();
        var events = await hub.ReadAsync(
            (await hub.StartAsync(new { text = "How many penguins are there?", image })).GenerationId);
        events.AssertWhole();
        Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(events[^1]).Reason);
        return (events, events.OfType<Started>().Single().Stamp);
    }

    private static IEnumerable<(double, double)> Places(IEnumerable<GenerationEvent> events)
        => events.OfType<PointFound>().Select(point => (point.X, point.Y));

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
