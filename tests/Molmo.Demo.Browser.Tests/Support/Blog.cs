using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Another site, on a host name that is not the server's: one page, whatever is asked for.</summary>
internal sealed class Blog : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _answer;

    public Blog(string html)
    {
        _answer = Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
            + $"{Encoding.UTF8.GetByteCount(html)}\r\nConnection: close\r\n\r\n{html}");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address => $"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var request = new byte[16 << 10];
                if (await client.GetStream().ReadAsync(request) > 0) await client.GetStream().WriteAsync(_answer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
