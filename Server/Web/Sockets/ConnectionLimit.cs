using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>
/// Bounds the connections from one address, whatever is said over them, so that no address takes all that the server
/// accepts. This machine is not bounded: a proxy here is one address for everybody.
/// </summary>
/// <param name="most">Connections from one address.</param>
internal sealed class ConnectionLimit(int most)
{
    private readonly Dictionary<string, int> _open = [];

    public async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address))
        {
            await next(connection);
            return;
        }
        var place = ClientAddress.PlaceOf(address);
        if (!TryEnter(place))
        {
            connection.Abort(new ConnectionAbortedException($"There are {most} connections from this address."));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(place);
        }
    }

    private bool TryEnter(string place)
    {
        lock (_open)
        {
            var count = _open.GetValueOrDefault(place);
            if (count >= most) return false;
            _open[place] = count + 1;
            return true;
        }
    }

    private void Leave(string place)
    {
        lock (_open)
            if (--_open[place] == 0) _open.Remove(place);
    }
}
