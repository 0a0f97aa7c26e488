using System.Net;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Sends pictures to the inference machine, each once.</summary>
internal sealed class RemoteImages : IDisposable
{
    private const int Attempts = 5;

    private readonly HttpClient _http;
    private readonly ImageStore _store;

    /// <param name="options">Address of the machine and the key.</param>
    /// <param name="store">Holds their bytes.</param>
    public RemoteImages(MolmoOptions options, ImageStore store)
    {
        _store = store;
        _http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10)
        })
        {
            BaseAddress = RemoteLink.AddressOf(options),
        };
        if (options.Key is { } key) _http.DefaultRequestHeaders.Add(RemoteLink.KeyHeader, key);
    }

    public void Dispose() => _http.Dispose();

    public async Task EnsureAsync(string hash, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendAsync($"api/pictures/{hash}", hash, cancellationToken);
                return;
            }
            catch (Exception e) when (attempt < Attempts && IsCut(e, cancellationToken))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt), cancellationToken);
            }
            catch (Exception e) when (IsCut(e, cancellationToken))
            {
                throw new ChatRefusedException(ChatFault.Unavailable, new PhotoNotSent());
            }
        }
    }

    private async Task SendAsync(string path, string hash, CancellationToken cancellationToken)
    {
        using var question = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await _http.SendAsync(question, cancellationToken);
        if (head.IsSuccessStatusCode) return;
        if (head.StatusCode != HttpStatusCode.NotFound) throw Refused();
        var bytes = await _store.ReadStoredAsync(hash, cancellationToken) ?? throw QuestionRules.UnknownImage();
        using var content = new ByteArrayContent(bytes);
        using var put = await _http.PutAsync(path, content, cancellationToken);
        if (!put.IsSuccessStatusCode) throw Refused();
    }

    // The client reports its own time limit as a cancellation.
    private static bool IsCut(Exception e, CancellationToken cancellationToken)
        => !cancellationToken.IsCancellationRequested && e is HttpRequestException or TaskCanceledException;

    private static ChatRefusedException Refused() => new(ChatFault.Unavailable, new PhotoNotTaken());
}
