using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR.Client;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>A visitor's own client on a bad network.</summary>
public class ReconnectTests
{
    [Slow]
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Attach_ConnectionsCutAtRandomBytes_GiveTheUndisturbedAnswer(int seed)
    {
        await using var chat = await ChatApplication.StartAsync();
        var pieces = Enumerable.Range(0, 300)
            .Select(i => i % 5 == 0 ? $"<point x=\"{i % 100}\" y=\"{i % 90}.5\" alt=\"{i}\">p{i}</point>" : $" w{i}")
            .ToList();
        chat.Model.Script = _ => pieces;
        chat.Model.BeforeStep = cancel => Task.Delay(2, cancel);
        await using var network = new CuttingProxy(chat.Address);
        var person = new CookieContainer();
        await using var undisturbed = await Loopback.ConnectAsync(chat.Address, person);
        var (id, _) = await undisturbed.StartAsync(new { text = "Go" });
        var expected = undisturbed.ReadAsync(id);

        // The cookie is for the host, whatever its port.
        var random = new Random(seed);
        var seen = new List<GenerationEvent>();
        var cuts = 0;
        while (seen is not [.., { IsLast: true }])
        {
            network.CutAfter(random.Next(300, 6000));
            try
            {
                await using var hub = await Loopback.ConnectAsync(network.Address, person);
                await foreach (var e in hub.StreamAsync<GenerationEvent>(
                    "Attach", id, seen.Count + 1L, TestContext.Current.CancellationToken))
                {
                    seen.Add(e);
                }
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                cuts++;
            }
        }
        var events = await expected;
        events.AssertWhole();
        Assert.True(cuts > 3, $"Only {cuts} cuts.");
        Assert.Equal(events, seen);
        seen.AssertShows(string.Concat(pieces));
        Assert.Single(chat.Model.Asked);
    }
}
