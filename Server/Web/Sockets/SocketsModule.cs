using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;

namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>Registers the limits on connections, and what holds for every hub, the one of the pages included.</summary>
internal static class SocketsModule
{
    /// <summary>Connections that the server accepts, those held open not counted.</summary>
    private const int MostConnections = 2000;

    public static void AddSockets(this WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton<SocketLimit>();
        builder.Services.AddSingleton<SocketFilter>();
        builder.Services.AddSingleton<HubLog>();
        builder.Logging.AddFilter(HubLog.FrameworkCategory, LogLevel.None);
        builder.Services.AddSignalR(hub =>
        {
            hub.HandshakeTimeout = TimeSpan.FromSeconds(5);
            hub.AddFilter<SocketFilter>();
            hub.AddFilter<HubLog>();
        });
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
    }

    public static void UseSocketLimit(this IApplicationBuilder app)
        => app.Use(app.ApplicationServices.GetRequiredService<SocketLimit>().InvokeAsync);

    private static void Limit(KestrelServerOptions kestrel, MolmoOptions options)
    {
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        // The server's own refusal is an empty answer that looks like a success: ours comes first, always.
        kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaxSockets + 2 * SocketLimit.Margin;
        var connections = new ConnectionLimit(MostConnections / 4 + options.MaxSocketsPerAddress);
        kestrel.ConfigureEndpointDefaults(endpoint
            => endpoint.Use(next => connection => connections.InvokeAsync(connection, next)));
    }
}
