using Microsoft.AspNetCore.SignalR;

namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>
/// Tells the limit which connections somebody has shaken hands on: at a hub's greeting, and of a page, whose client has
/// more to say at once, at its first call.
/// </summary>
internal sealed class SocketFilter(SocketLimit sockets) : IHubFilter
{
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        if (context.Context.GetHttpContext() is { } request && !SocketLimit.IsPage(request.Request))
            sockets.Shake(request);
        return next(context);
    }

    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (context.Context.GetHttpContext() is { } request && SocketLimit.IsPage(request.Request))
            sockets.Shake(request);
        return next(context);
    }

    public Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (context.Context.GetHttpContext() is { } request) sockets.Part(request);
        return next(context, exception);
    }
}
