using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>A TCP relay whose connections can be cut, as a network does, and that can be told to be away.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<int, (TcpClient, TcpClient)> _open = new();
    private readonly Task _accepting;
    private int _connections;
    private long _bytesLeft = long.MaxValue;

    public CuttingProxy(Uri target)
    {
        Target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Target { get; set; }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>While set, new connections are closed at once.</summary>
    public bool IsAway { get; set; }

    /// <summary>Connections taken so far.</summary>
    public int Connections => _connections;

    /// <summary>Cuts every connection once this many more bytes have come from the target.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _bytesLeft, bytes);

    public void Cut()
    {
        foreach (var (id, (near, far)) in _open)
        {
            _open.TryRemove(id, out _);
            Reset(near);
            Reset(far);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync();
                if (IsAway) Reset(near);
                else _ = RelayAsync(near, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task RelayAsync(TcpClient near, int id)
    {
        var far = new TcpClient();
        try
        {
            await far.ConnectAsync(Target.Host, Target.Port);
            _open[id] = (near, far);
            await Task.WhenAny(PumpAsync(near.GetStream(), far.GetStream(), false),
                PumpAsync(far.GetStream(), near.GetStream(), true));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException
            or InvalidOperationException)
        {
        }
        finally
        {
            _open.TryRemove(id, out _);
            near.Dispose();
            far.Dispose();
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool counts)
    {
        var buffer = new byte[4096];
        while (await from.ReadAsync(buffer) is var count and > 0)
        {
            var left = counts ? Interlocked.Add(ref _bytesLeft, -count) : long.MaxValue;
            // The cut comes in the middle of what was under way: a part still arrives.
            await to.WriteAsync(buffer.AsMemory(0, left < 0 ? (int)Math.Max(0, count + left) : count));
            if (left >= 0) continue;
            Interlocked.Exchange(ref _bytesLeft, long.MaxValue);
            Cut();
            return;
        }
    }

    private static void Reset(TcpClient client)
    {
        try
        {
            if (client.Client is { } socket) socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
        client.Dispose();
    }
}
