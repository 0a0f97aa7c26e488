using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>One visitor who uploads, asks, shares and deletes for as long as the server answers.</summary>
internal sealed class Loader(Uri address, Acknowledged journal, Random random) : IDisposable
{
    /// <summary>A question with this is answered at once by a recording.</summary>
    public const string Quick = "replay: quick";

    private readonly CookieContainer _person = new();
    private HttpClient? _http;

    /// <summary>Its browser.</summary>
    public CookieContainer Person => _person;

    /// <summary>What it would send requests with.</summary>
    public HttpClient Http => _http ??= new HttpClient(
        new SocketsHttpHandler { CookieContainer = _person, PooledConnectionLifetime = TimeSpan.FromSeconds(30) })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30)
    };

    public void Dispose() => _http?.Dispose();

    /// <summary>
    /// Goes on until the server is gone. What was asked for and not confirmed may have happened or not; a refusal
    /// while the server lives is a fault.
    /// </summary>
    /// <param name="isGone">Whether the server was killed.</param>
    /// <param name="cancellationToken">Ends the test.</param>
    public async Task LoadAsync(Func<bool> isGone, CancellationToken cancellationToken)
    {
        try
        {
            await using var hub = await Loopback.ConnectAsync(address, _person);
            while (true) await TurnAsync(hub, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or WebSocketException or SocketException or IOException
            or OperationCanceledException or InvalidOperationException or HubException)
        {
            // A request that was on its way fails a moment before the killer knows that the process has ended.
            for (var i = 0; i < 100 && !isGone(); i++) await Task.Delay(10, cancellationToken);
            if (!isGone()) throw;
        }
    }

    private async Task TurnAsync(HubConnection hub, CancellationToken cancellationToken)
    {
        var (image, hash) = await UploadAsync(cancellationToken);
        var (generation, conversation) = await hub.StartAsync(new { text = Quick, image });
        journal.Questions[generation] = new KeptQuestion(conversation, Quick);
        if (random.Next(3) == 0) return;

        await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", generation, 1L, cancellationToken))
            if (e is Ended { Reason: EndReason.Interrupted } or Failed)
                throw new InvalidDataException($"A quick answer ended as {e}.");
        var link = await ShareAsync(conversation, hash, cancellationToken);
        if (random.Next(3) == 0)
            await DeleteAsync(
                $"api/images/{image}", presence => journal.Pictures[image].Presence = presence, cancellationToken);
        if (random.Next(3) == 0)
            await DeleteAsync(
                $"api/shares/{link}", presence => journal.Links[link].Presence = presence, cancellationToken);
    }

    private async Task<(string Id, string Hash)> UploadAsync(CancellationToken cancellationToken)
    {
        var file = Rasters.NoisePng(24 + random.Next(24), 24 + random.Next(24), random.Next());
        using var reply = await Http.PostAsync("api/images", new ByteArrayContent(file), cancellationToken);
        var body = await ReadAsync(reply, HttpStatusCode.Created, cancellationToken);
        var (id, hash) = (body.Text("id"), body.Text("contentHash"));
        journal.Pictures[id] = new KeptImage(this, hash);
        return (id, hash);
    }

    private async Task<string> ShareAsync(string conversation, string hash, CancellationToken cancellationToken)
    {
        using var reply = await Http.PostAsJsonAsync("api/shares", new { conversation }, cancellationToken);
        var id = (await ReadAsync(reply, HttpStatusCode.Created, cancellationToken)).Text("id");
        journal.Links[id] = new KeptLink(this, hash);
        return id;
    }

    private async Task DeleteAsync(string path, Action<Presence> set, CancellationToken cancellationToken)
    {
        set(Presence.Unsure);
        using var reply = await Http.DeleteAsync(path, cancellationToken);
        if (reply.StatusCode != HttpStatusCode.NoContent)
            throw new InvalidDataException($"{path} was answered with {reply.StatusCode}.");
        set(Presence.Deleted);
    }

    private static async Task<JsonObject> ReadAsync(
        HttpResponseMessage reply, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        var body = await reply.Content.ReadAsStringAsync(cancellationToken);
        if (reply.StatusCode != expected)
            throw new InvalidDataException(
                $"{reply.RequestMessage?.RequestUri} was answered with {reply.StatusCode}: {body}");
        return JsonNode.Parse(body)!.AsObject();
    }
}
