using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>
/// People beside the one who is measured: each with a cookie, a photo and a connection of their own, asking again as
/// soon as they are answered. Without pages, of which this many would need all cores by themselves.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _allHear = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _size;
    private readonly Task[] _people;
    private int _hearing;
    private int _events;

    private Crowd(Uri server, int size, string question)
    {
        _size = size;
        _people = [.. Enumerable.Range(0, size).Select(_ => Task.Run(() => BeAsync(server, question)))];
    }

    /// <summary>Events that all of them have read.</summary>
    public int Events => Volatile.Read(ref _events);

    /// <summary>Comes when everybody is being answered.</summary>
    public static async Task<Crowd> ComeAsync(Uri server, int size, string question)
    {
        var crowd = new Crowd(server, size, question);
        var first = await Task.WhenAny([crowd._allHear.Task, .. crowd._people]).WaitAsync(TimeSpan.FromMinutes(3));
        await first;
        return crowd;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_people).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task BeAsync(Uri server, string question)
    {
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = server };
        (await http.GetAsync("", _end.Token)).Dispose();
        using var photo = new ByteArrayContent(await File.ReadAllBytesAsync(Photos.Sample("scene-08.jpg"), _end.Token));
        using var taken = await http.PostAsync("api/images", photo, _end.Token);
        var image = JsonNode.Parse(await taken.Content.ReadAsStringAsync(_end.Token))!["id"]!.GetValue<string>();
        await using var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(server, "hubs/chat"), HttpTransportType.WebSockets, link =>
            {
                link.SkipNegotiation = true;
                link.Cookies = cookies;
            }).Build();
        await hub.StartAsync(_end.Token);
        for (var isFirst = true; ;)
        {
            var started = await hub.InvokeAsync<JsonObject>(
                "StartGeneration", new { text = question, image }, _end.Token);
            var id = started["generationId"]!.GetValue<string>();
            await foreach (var e in hub.StreamAsync<JsonObject>("Attach", id, 1L, _end.Token))
            {
                Interlocked.Increment(ref _events);
                if (!isFirst || e["type"]!.GetValue<string>() != "text") continue;
                isFirst = false;
                if (Interlocked.Increment(ref _hearing) == _size) _allHear.SetResult();
            }
        }
    }
}
