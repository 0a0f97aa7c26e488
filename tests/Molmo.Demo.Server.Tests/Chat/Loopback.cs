using System.Net;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Chat.Remote;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Real sockets of this machine.</summary>
internal static class Loopback
{
    public static void ConfigureKestrelOnLoopback(this IWebHostBuilder host, int port = 0)
        => host.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));

    /// <summary>
    /// A .NET client of a host's chat hub. Cookies are the person; the same container is the same person again.
    /// </summary>
    public static async Task<HubConnection> ConnectAsync(
        Uri host, CookieContainer? person = null, string? key = null, string? language = null)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(host, "hubs/chat"), HttpTransportType.WebSockets, link =>
            {
                link.SkipNegotiation = true;
                link.Cookies = person ?? new CookieContainer();
                if (key is not null) link.Headers[RemoteLink.KeyHeader] = key;
                if (language is not null) link.Headers["Accept-Language"] = language;
            }).Build();
        await connection.StartAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    public static async Task<(string GenerationId, string Conversation)> StartAsync(
        this HubConnection hub, object request)
    {
        var reply = await hub.InvokeAsync<Server.Chat.StartReply>(
            "StartGeneration", request, TestContext.Current.CancellationToken);
        return (reply.GenerationId, reply.Conversation);
    }

    public static async Task<List<GenerationEvent>> ReadAsync(this HubConnection hub, string generation, long from = 1)
        => await hub.StreamAsync<GenerationEvent>("Attach", generation, from, TestContext.Current.CancellationToken)
            .ToListAsync();
}
