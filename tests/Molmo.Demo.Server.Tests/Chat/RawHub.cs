using System.Net.WebSockets;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Speaks the hub's protocol by hand, so that anything can be sent.</summary>
internal sealed class RawHub : IAsyncDisposable
{
    private const char End = '\u001e';

    private readonly ClientWebSocket _socket = new();

    public static async Task<RawHub> ConnectAsync(
        Uri host, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        var hub = new RawHub();
        foreach (var (name, value) in headers) hub._socket.Options.SetRequestHeader(name, value);
        await hub._socket.ConnectAsync(
            new UriBuilder(new Uri(host, "hubs/chat")) { Scheme = "ws" }.Uri, cancellationToken);
        await hub.SendAsync("""{"protocol":"json","version":1}""", cancellationToken);
        await hub.ReceiveAsync("{}", cancellationToken);
        return hub;
    }

    /// <summary>Sends a frame; false where the other side has gone.</summary>
    public async Task<bool> SendAsync(string frame, CancellationToken cancellationToken)
    {
        try
        {
            await _socket.SendAsync(
                Encoding.UTF8.GetBytes(frame + End), WebSocketMessageType.Text, true, cancellationToken);
            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// Calls a method with arguments that are already JSON, and gives the completion or the last words of the
    /// connection.
    /// </summary>
    public async Task<string> InvokeAsync(string method, string arguments, CancellationToken cancellationToken)
    {
        await SendAsync(
            $$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[{{arguments}}]}""", cancellationToken);
        return await ReceiveAsync("\"type\":3", cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What comes until these words are among it.</summary>
    public async Task<string> ReceiveAsync(string until, CancellationToken cancellationToken)
    {
        var received = new StringBuilder();
        var buffer = new byte[8192];
        while (!received.ToString().Contains(until, StringComparison.Ordinal))
        {
            var result = await _socket.ReceiveAsync(buffer, cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close)
                return $"{received} closed: \"error\" {result.CloseStatusDescription}";
            received.Append(Encoding.UTF8.GetString(buffer, 0, result.Count));
        }
        return received.ToString();
    }
}
