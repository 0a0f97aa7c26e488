using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Stands between a browser and a server and counts what goes over the wire.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _accepting;
    private long _received;

    /// <param name="server">Where the connections go.</param>
    public Relay(Uri server)
    {
        _listener.Start();
        Address = new UriBuilder(server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync(server);
    }

    /// <summary>Where the browser goes instead.</summary>
    public Uri Address { get; }

    /// <summary>Bytes that came from the server so far, all of them: frames, headers, pages.</summary>
    public long Received => Interlocked.Read(ref _received);

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Stop();
        await _accepting;
        _closed.Dispose();
    }

    private async Task AcceptAsync(Uri server)
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_closed.Token), server));
        }
        catch (OperationCanceledException)
        {
            // Closed.
        }
        await Task.WhenAll(open);
    }

    private async Task CarryAsync(TcpClient browser, Uri server)
    {
        using var _ = browser;
        using var there = new TcpClient { NoDelay = true };
        browser.NoDelay = true;
        try
        {
            await there.ConnectAsync(server.Host, server.Port, _closed.Token);
            await Task.WhenAny(CopyAsync(browser.GetStream(), there.GetStream(), isCounted: false),
                CopyAsync(there.GetStream(), browser.GetStream(), isCounted: true));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side is gone: so is the connection.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isCounted)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.ReadAsync(buffer, _closed.Token) is > 0 and var length)
            {
                if (isCounted) Interlocked.Add(ref _received, length);
                await to.WriteAsync(buffer.AsMemory(0, length), _closed.Token);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone.
        }
    }
}
