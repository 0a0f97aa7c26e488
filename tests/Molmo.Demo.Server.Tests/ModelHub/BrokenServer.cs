using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>What a server can do instead of answering.</summary>
public enum Breakage
{
    Refuses,
    DropsConnections,
    NeverAnswers,
    DripsHeaders,
    SilentAfterHeaders,
    CutInTheMiddle,
    EndsTooEarly,
    Status407,
    Status500,
    Status503,
    Status429,
    Status429WithShortWait,
    Status429WithLongWait,
    Status511,
    WebPage,
    RedirectToWebPage,
    RedirectCircle,
    RedirectToNowhere,
    RedirectToFile,
    NoHttp,
    NoJson,
    NoList,
    UntrustedCertificate,
    PlainInPlaceOfTls,
    UnknownName,
}

/// <summary>A server on a loopback socket that fails in one way, whatever it is asked.</summary>
internal sealed class BrokenServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<IDisposable> _held = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Breakage _breakage;
    private readonly X509Certificate2? _certificate;

    public BrokenServer(Breakage breakage)
    {
        _breakage = breakage;
        if (breakage == Breakage.UntrustedCertificate) _held.Add(_certificate = SelfSigned());
        // A short queue that is full, so that the system drops what knocks.
        _listener.Start(breakage == Breakage.DropsConnections ? 0 : 64);
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        var scheme = breakage is Breakage.UntrustedCertificate or Breakage.PlainInPlaceOfTls ? "https" : "http";
        Address = new Uri(breakage == Breakage.UnknownName
            ? $"http://no-such-hub.invalid:{port}/" : $"{scheme}://127.0.0.1:{port}/");
        if (breakage == Breakage.Refuses) _listener.Stop();
        else if (breakage == Breakage.DropsConnections) Fill(port);
        else _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Connections that were taken.</summary>
    public int Taken { get; private set; }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        lock (_held)
            foreach (var held in _held) held.Dispose();
        _end.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private void Fill(int port)
    {
        for (var i = 0; i < 3; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                Blocking = false,
            };
            _held.Add(socket);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Taken++;
                lock (_held) _held.Add(client);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            await AnswerAsync(client.Client, client.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    private async Task AnswerAsync(Socket socket, Stream stream)
    {
        if (_breakage == Breakage.UntrustedCertificate)
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(_certificate!);
            await Task.Delay(Timeout.Infinite, _end.Token);
            return;
        }
        if (_breakage == Breakage.NeverAnswers) return;
        if (_breakage == Breakage.NoHttp) await SendAsync("SSH-2.0-OpenSSH_9.6\r\n");
        var buffer = new byte[4096];
        var asked = new StringBuilder();
        while (!asked.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0) return;
            asked.Append(Encoding.ASCII.GetString(buffer, 0, read));
            // What begins a handshake has no lines: it is answered as a server without TLS does.
            if (_breakage == Breakage.PlainInPlaceOfTls) break;
        }
        var path = asked.ToString().Split(' ').ElementAtOrDefault(1) ?? "/";
        switch (_breakage)
        {
            case Breakage.DripsHeaders:
                await SendAsync("HTTP/1.1 200 OK\r\nX-Slow: ");
                while (true)
                {
                    await SendAsync("a");
                    await Task.Delay(100, _end.Token);
                }
            case Breakage.SilentAfterHeaders:
                await SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"siblings\":[");
                break;
            case Breakage.CutInTheMiddle:
                await SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"siblings\":[");
                socket.Close(0); // a reset, not an end
                break;
            case Breakage.EndsTooEarly:
                await SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"siblings\":[");
                socket.Shutdown(SocketShutdown.Send);
                break;
            case Breakage.RedirectToWebPage when !path.StartsWith("/login", StringComparison.Ordinal):
                await RedirectAsync("/login?from=hub");
                break;
            case Breakage.WebPage or Breakage.RedirectToWebPage:
                await RespondAsync("200 OK", "Content-Type: text/html\r\n", "<!DOCTYPE html><title>Sign in</title>");
                break;
            case Breakage.RedirectCircle:
                await RedirectAsync(path);
                break;
            case Breakage.RedirectToNowhere:
                await RespondAsync("302 Found", "", "");
                break;
            case Breakage.RedirectToFile:
                await RedirectAsync("file:///etc/hosts");
                break;
            case Breakage.NoJson:
                await RespondAsync("200 OK", "", "hello");
                break;
            case Breakage.NoList:
                await RespondAsync("200 OK", "", "{\"siblings\": [{\"name\": 1}]}");
                break;
            case Breakage.Status429WithShortWait:
                await RespondAsync("429 Too Many Requests", "Retry-After: 1\r\n", "");
                break;
            case Breakage.Status429WithLongWait:
                await RespondAsync("429 Too Many Requests", "Retry-After: 3600\r\n", "");
                break;
            case Breakage.PlainInPlaceOfTls:
                await RespondAsync("400 Bad Request", "", "This is no TLS.");
                break;
            case Breakage.NoHttp:
                break;
            default:
                await RespondAsync($"{_breakage.ToString()["Status".Length..]} It is so", "", "<html>");
                break;
        }

        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), _end.Token);

        Task RedirectAsync(string where) => RespondAsync("302 Found", $"Location: {where}\r\n", "");

        async Task RespondAsync(string status, string headers, string body)
        {
            await SendAsync(
                $"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}");
            socket.Shutdown(SocketShutdown.Send);
        }
    }
}
