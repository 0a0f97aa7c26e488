using System.Collections.Concurrent;
using System.Net;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// Bounds the pages that are connected at the same time, in all and from one address. Blazor itself has no such limit.
/// </summary>
/// <remarks>Loopback counts in the total only: a proxy on this machine is one address for everybody.</remarks>
internal sealed class CircuitLimit(MolmoOptions options)
{
    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();
    private int _total;

    /// <summary>Pages that are connected now.</summary>
    public int Open => Volatile.Read(ref _total);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!SameOrigin.IsWebSocket(context.Request) || !context.Request.Path.StartsWithSegments("/_blazor"))
        {
            await next(context);
            return;
        }
        var address = context.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote) ? remote : null;
        var admitted = Interlocked.Increment(ref _total) <= options.MaxCircuits
            & (address is null || _byAddress.AddOrUpdate(address, 1, (_, count) => count + 1) <= options.MaxCircuitsPerAddress);
        try
        {
            if (admitted) await next(context);
            else await new Problem(StatusCodes.Status503ServiceUnavailable, "Too many pages are open here right now. Try again in a minute.", retryAfter: TimeSpan.FromMinutes(1)).ExecuteAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _total);
            if (address is not null && _byAddress.AddOrUpdate(address, 0, (_, count) => count - 1) == 0)
                _byAddress.TryRemove(new(address, 0));
        }
    }
}
