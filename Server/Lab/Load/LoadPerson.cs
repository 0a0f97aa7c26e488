using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Lab.Load;

/// <summary>
/// Somebody with a browser's cookie and a connection of their own, who sends a photo and asks about it, again and
/// again.
/// </summary>
internal sealed class LoadPerson : IDisposable
{
    private static readonly string[] Questions =
        ["Describe this image.", "How many are there?", "Point to all of them.", "What is in the middle?"];

    private readonly Uri _server;
    private readonly LoadFigures _figures;
    private readonly int _maxTokens;
    private readonly TimeSpan? _photoEvery;
    private readonly RgbImage _photo;
    private readonly Random _random;
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;
    private int _photos;

    /// <param name="server">Its address.</param>
    /// <param name="number">Which person: decides what they ask and send.</param>
    /// <param name="figures">Take what they see.</param>
    /// <param name="maxTokens">Of one answer.</param>
    /// <param name="photoEvery">How long until they send a new photo; null for one photo only.</param>
    public LoadPerson(Uri server, int number, LoadFigures figures, int maxTokens, TimeSpan? photoEvery)
    {
        (_server, _figures, _maxTokens, _photoEvery) = (server, figures, maxTokens, photoEvery);
        _random = new Random(number);
        _photo = photoEvery is null
            ? SyntheticPhoto.Create(960, 720, number)
            : SyntheticPhoto.Create(4000, 3000, number);
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = _cookies }) { BaseAddress = server };
    }

    /// <summary>How many answers they have read to the end.</summary>
    public int Answers { get; private set; }

    /// <summary>What answered last.</summary>
    public EngineStamp? Stamp { get; private set; }

    /// <summary>Goes on until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await VisitAsync(stop);
            }
            catch (Exception e) when (stop.IsCancellationRequested && IsOfTheLine(e))
            {
                return;
            }
            catch (Exception e) when (IsOfTheLine(e))
            {
                _figures.AddFault(e.Message.ReplaceLineEndings(" "));
                await Task.Delay(1000, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsOfTheLine(Exception e) => e is HttpRequestException or HubException or WebSocketException
        or IOException or OperationCanceledException or InvalidOperationException;

    private async Task VisitAsync(CancellationToken stop)
    {
        // The first visit gives the cookie.
        (await _http.GetAsync("", stop)).Dispose();
        await using var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(_server, "hubs/chat"), HttpTransportType.WebSockets, link =>
            {
                link.SkipNegotiation = true;
                link.Cookies = _cookies;
            }).Build();
        await hub.StartAsync(stop);
        var (image, conversation) = (await SendPhotoAsync(stop), (string?)null);
        var sent = Stopwatch.StartNew();
        while (true)
        {
            if (sent.Elapsed > _photoEvery)
            {
                // Else the person's share of the storage would be used up after a while.
                (await _http.DeleteAsync($"api/images/{image}", stop)).EnsureSuccessStatusCode().Dispose();
                sent.Restart();
                (image, conversation) = (await SendPhotoAsync(stop), null);
            }
            conversation = await AskAsync(hub, image, conversation, stop);
        }
    }

    private async Task<string> SendPhotoAsync(CancellationToken stop)
    {
        // Another content each time, so that nothing is known of it.
        for (var i = 0; i < 64; i++) _photo.Pixels[_random.Next(_photo.Pixels.Length)] = (byte)_photos;
        _photos++;
        using var content = new ByteArrayContent(SyntheticPhoto.ToJpeg(_photo));
        var watch = Stopwatch.StartNew();
        using var reply = await _http.PostAsync("api/images", content, stop);
        var body = await reply.Content.ReadAsStringAsync(stop);
        if (reply.StatusCode != HttpStatusCode.Created)
            throw new HttpRequestException($"A photo was answered with {(int)reply.StatusCode}: {body}");
        _figures.AddPhoto(watch.Elapsed.TotalMilliseconds);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("id").GetString()!;
    }

    /// <returns>The conversation to go on in; null for a new one after a few turns.</returns>
    private async Task<string?> AskAsync(HubConnection hub, string image, string? conversation, CancellationToken stop)
    {
        var asked = Stopwatch.GetTimestamp();
        var seed = _random.Next();
        var started = await hub.InvokeAsync<StartReply>("StartGeneration", new StartRequest
        {
            Conversation = conversation,
            Image = image,
            Text = Questions[seed % Questions.Length],
            // Random, so that the same question has many answers.
            Sampling = new SamplingChoice(Temperature: 1, Seed: seed, MaxTokens: _maxTokens),
            Prompt = PromptChoice.Plain with { MayDropOldest = true },
        }, stop);
        double? first = null;
        var (last, gaps) = (0L, new List<float>());
        await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", started.GenerationId, 1L, stop))
        {
            switch (e)
            {
                case Started { Stamp: var stamp }:
                    Stamp = stamp;
                    break;
                case TextDelta or PointFound or PointGroupEnded:
                    var now = Stopwatch.GetTimestamp();
                    if (first is null) first = Stopwatch.GetElapsedTime(asked, now).TotalMilliseconds;
                    else gaps.Add((float)Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
                    last = now;
                    break;
                case Ended { Reason: EndReason.Finished or EndReason.Length, Usage: var usage }:
                    Answers++;
                    _figures.Add(
                        first ?? Stopwatch.GetElapsedTime(asked).TotalMilliseconds, gaps, usage.AnswerTokens);
                    break;
                case Ended ended:
                    _figures.AddFault($"An answer ended as {ended.Reason}.");
                    break;
                case Failed failed:
                    _figures.AddFault($"An answer failed with {failed.Code}.");
                    break;
            }
        }
        return _random.Next(4) == 0 ? null : started.Conversation;
    }
}
