using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Connects a SignalR client by WebSocket, without the negotiation request; the endpoint is a <see cref="UriEndPoint"/> of scheme ws or wss.</summary>
/// <remarks>A handshake that is answered with 401 or 403 fails with <see cref="UnauthorizedAccessException"/>.</remarks>
/// <param name="prepare">Sets headers before the handshake.</param>
internal sealed class WebSocketConnectionFactory(Action<ClientWebSocketOptions>? prepare = null) : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.CollectHttpResponseDetails = true;
            prepare?.Invoke(socket.Options);
            await socket.ConnectAsync(((UriEndPoint)endpoint).Uri, cancellationToken);
            return new WebSocketConnection(socket);
        }
        catch (WebSocketException e) when (socket.HttpStatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            socket.Dispose();
            throw new UnauthorizedAccessException($"The handshake was answered with {(int)socket.HttpStatusCode}.", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket as a pair of pipes: what the client writes becomes one message a flush, what arrives is read as a stream.</summary>
    private sealed class WebSocketConnection : ConnectionContext
    {
        private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

        private readonly WebSocket _socket;
        private readonly CancellationTokenSource _closed = new();
        private readonly DuplexPipe _application;
        private readonly Task _running;

        public WebSocketConnection(WebSocket socket)
        {
            _socket = socket;
            var toSocket = new Pipe();
            var fromSocket = new Pipe();
            Transport = new DuplexPipe(fromSocket.Reader, toSocket.Writer);
            _application = new DuplexPipe(toSocket.Reader, fromSocket.Writer);
            ConnectionClosed = _closed.Token;
            _running = RunAsync();
        }

        public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

        public override IDuplexPipe Transport { get; set; }

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

        public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

        public override async ValueTask DisposeAsync()
        {
            await Transport.Output.CompleteAsync();
            await Transport.Input.CompleteAsync();
            await _running;
            _closed.Dispose();
            _socket.Dispose();
            await base.DisposeAsync();
        }

        private async Task RunAsync()
        {
            var receiving = ReceiveAsync();
            var sending = SendAsync();
            // A peer that goes ends the receiving side, a client that leaves ends the sending side; the other is then ended too.
            if (await Task.WhenAny(receiving, sending) == receiving) _application.Input.CancelPendingRead();
            else if (await Task.WhenAny(receiving, Task.Delay(ClosePatience)) != receiving) _socket.Abort();
            await Task.WhenAll(receiving, sending);
            await _closed.CancelAsync();
        }

        private async Task ReceiveAsync()
        {
            Exception? error = null;
            try
            {
                while (true)
                {
                    var received = await _socket.ReceiveAsync(_application.Output.GetMemory(4096), CancellationToken.None);
                    if (received.MessageType == WebSocketMessageType.Close) break;
                    _application.Output.Advance(received.Count);
                    if ((await _application.Output.FlushAsync()).IsCompleted) break;
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                error = e as WebSocketException;
            }
            await _application.Output.CompleteAsync(error);
        }

        private async Task SendAsync()
        {
            try
            {
                while (true)
                {
                    var read = await _application.Input.ReadAsync();
                    if (read.IsCanceled) break;
                    var position = read.Buffer.Start;
                    for (var left = read.Buffer.Length; left > 0 && read.Buffer.TryGet(ref position, out var memory);)
                    {
                        left -= memory.Length;
                        await _socket.SendAsync(memory, WebSocketMessageType.Text, endOfMessage: left == 0, CancellationToken.None);
                    }
                    _application.Input.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted) break;
                }
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // The receiving side reports how the connection ended.
            }
            await _application.Input.CompleteAsync();
        }

        private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
