using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>A connection of its own over which anything can be sent, also what no client library would.</summary>
internal sealed class RawRequest : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly StringBuilder _received = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects and sends the text, its characters as bytes of Latin-1.</summary>
    public static async Task<RawRequest> SendAsync(Uri host, string text)
    {
        var request = new RawRequest();
        await request._client.ConnectAsync(IPAddress.Loopback, host.Port, Cancellation);
        await request._client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), Cancellation);
        return request;
    }

    /// <summary>Asks for a WebSocket at a path, and says nothing over it.</summary>
    public static Task<RawRequest> UpgradeAsync(Uri host, string path = "/hubs/chat", params string[] headers)
        => SendAsync(host, string.Join("\r\n",
        [
            $"GET {path} HTTP/1.1", $"Host: {host.Authority}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", .. headers, "", "",
        ]));

    /// <summary>Status line and headers of the answer; empty where the connection ended without one.</summary>
    public async Task<string> HeadAsync()
    {
        const string end = "\r\n\r\n";
        while (!_received.ToString().Contains(end, StringComparison.Ordinal) && await ReceiveAsync()) ;
        var text = _received.ToString();
        return text.Contains(end, StringComparison.Ordinal)
            ? text[..text.IndexOf(end, StringComparison.Ordinal)]
            : text;
    }

    /// <summary>The status, 0 where the connection ended without one.</summary>
    public async Task<int> StatusAsync()
        => await HeadAsync() is ['H', 'T', 'T', 'P', '/', '1', '.', _, ' ', ..] head
            ? int.Parse(head.AsSpan(9, 3), provider: null)
            : 0;

    /// <summary>All that comes until the other side ends the connection.</summary>
    public async Task<string> ToEndAsync()
    {
        while (await ReceiveAsync()) ;
        return _received.ToString();
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        var buffer = new byte[16 << 10];
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            var count = await _client.GetStream().ReadAsync(buffer, guard.Token);
            _received.Append(Encoding.Latin1.GetString(buffer, 0, count));
            return count > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
