using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Tests.Chat;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// A visitor on a network of its own that is cut while it reads, and who goes on behind its own last event.
/// </summary>
/// <param name="host">Where it asks and reads.</param>
/// <param name="isHub">Whether it reads over the hub; else server-sent events with <c>Last-Event-ID</c>.</param>
/// <param name="random">Chooses where and for how long it is cut.</param>
/// <param name="figures">Counts.</param>
internal sealed class CutReader(Uri host, bool isHub, Random random, CutFigures figures) : IAsyncDisposable
{
    /// <summary>Most events between two cuts.</summary>
    private const int Stretch = 20;

    private readonly CuttingProxy _network = new(host);
    private readonly CookieContainer _person = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    /// <summary>Asks, reads to the end through the cuts, and compares with a reader whom nothing disturbed.</summary>
    /// <param name="text">What the answer is.</param>
    /// <param name="next">The length of the next cut; null for no more.</param>
    public async Task ReadAnswerAsync(string text, Func<Random, TimeSpan?> next)
    {
        await using var undisturbed = await Loopback.ConnectAsync(host, _person);
        var (id, _) = await undisturbed.StartAsync(new { text = "Go" });
        var expected = undisturbed.ReadAsync(id);
        var seen = new List<GenerationEvent>();
        Stopwatch? back = null;
        while (seen is not [.., { IsLast: true }])
        {
            var length = next(random);
            // In the middle of what is under way, or behind an event.
            var isAtByte = length is not null && random.Next(2) == 0;
            if (isAtByte) _network.CutAfter(random.Next(1, 4000));
            var until = length is null || isAtByte ? int.MaxValue : seen.Count + 1 + random.Next(Stretch);
            var isCut = false;
            try
            {
                await foreach (var e in OpenAsync(id, seen.Count))
                {
                    if (back is not null) figures.Backs.Add(back.Elapsed.TotalMilliseconds);
                    back = null;
                    Take(e, seen);
                    if (seen.Count < until || e.IsLast || isCut) continue;
                    isCut = _network.IsAway = true;
                    _network.Cut();
                }
            }
            catch (Exception e) when (e is WebSocketException or SocketException or IOException or HttpRequestException
                or InvalidOperationException or HubException
                || (e is OperationCanceledException && !Cancel.IsCancellationRequested))
            {
                if (length is null) figures.Faults.Enqueue($"A connection broke that nobody had cut: {e.Message}");
            }
            _network.CutAfter(long.MaxValue);
            if (length is not { } away || seen is [.., { IsLast: true }]) continue;
            _network.IsAway = true;
            figures.Cut(away, isHub);
            await Task.Delay(away, Cancel);
            _network.IsAway = false;
            back = Stopwatch.StartNew();
        }
        figures.Answered();
        if (!seen.SequenceEqual(await expected))
            figures.Faults.Enqueue(
                $"An answer of {seen.Count} events is another one than that of the undisturbed reader.");
        if (Record.Exception(() => seen.AssertShows(text)) is { } wrong)
            figures.Faults.Enqueue($"The text is another: {wrong.Message}");
    }

    private void Take(GenerationEvent e, List<GenerationEvent> seen)
    {
        var expected = seen.Count + 1;
        if (e.Seq > expected) figures.Gap();
        else if (e.Seq < expected) figures.Double();
        if (e.Seq != expected) figures.Faults.Enqueue($"Event {e.Seq} came where {expected} should.");
        seen.Add(e);
    }

    private IAsyncEnumerable<GenerationEvent> OpenAsync(string id, int seen)
        => isHub ? AttachAsync(id, seen) : FollowAsync(id, seen);

    private async IAsyncEnumerable<GenerationEvent> AttachAsync(
        string id, int seen, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var hub = await Loopback.ConnectAsync(_network.Address, _person);
        await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", id, seen + 1L, cancellationToken))
            yield return e;
    }

    private async IAsyncEnumerable<GenerationEvent> FollowAsync(string id, int seen)
    {
        const string data = "data: ";
        using var http =
            new HttpClient(new SocketsHttpHandler { CookieContainer = _person }) { BaseAddress = _network.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/generations/{id}/events");
        if (seen > 0) request.Headers.Add("Last-Event-ID", $"{seen}");
        using var reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        reply.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await reply.Content.ReadAsStreamAsync(Cancel));
        string? body = null;
        while (await lines.ReadLineAsync(Cancel) is { } line)
        {
            if (line.StartsWith(data, StringComparison.Ordinal)) body = line[data.Length..];
            // An event is whole at the empty line behind it, as every reader of such streams has it.
            if (line.Length > 0 || body is null) continue;
            yield return JsonSerializer.Deserialize<GenerationEvent>(body, JournalEntry.Json)!;
            body = null;
        }
    }
}
