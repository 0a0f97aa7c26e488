using System.Net;
using System.Net.Http.Headers;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// One request to the Hub or to a store that it sends to, within the limits: an answer, or a
/// <see cref="HubFailure"/>.
/// </summary>
internal sealed class HubConnection : IDisposable
{
    private const int MaxHops = 8;

    private readonly HubSettings _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public HubConnection(HubSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        // Redirects are followed by hand: the token must not travel to another host.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = settings.Limits.Connect,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("molmo-demo/1.0");
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>Sends a request and waits until its answer begins.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to.</param>
    /// <param name="range">Bytes wanted; null for all.</param>
    /// <param name="followAbroad">Whether a redirect to another host is followed, or is the answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, RangeHeaderValue? range, bool followAbroad, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_settings.Limits.Answer);
        var first = address;
        for (var hop = 0; hop < MaxHops; hop++)
        {
            var response = await SendOnceAsync(method, address, range, limit.Token, cancellationToken);
            if ((int)response.StatusCode is not (>= 300 and < 400)) return response;
            if (response.Headers.Location is not { } location
                || !Uri.TryCreate(address, location, out var next) || next.Scheme is not ("http" or "https"))
            {
                response.Dispose();
                throw HubFailure.NoHub(
                    $"{HubFailure.NameOf(address)} answered {(int)response.StatusCode} and names no other address");
            }
            // A large file's description is the redirect itself; the store behind it knows no commit.
            if (!followAbroad && (!IsHub(next) || response.Headers.Contains("X-Linked-Etag"))) return response;
            response.Dispose();
            address = next;
        }
        throw HubFailure.NoHub($"{HubFailure.NameOf(first)} redirects in a circle");
    }

    /// <summary>Reads a small answer to its end.</summary>
    public async Task<byte[]> ReadAsync(
        HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        var address = response.RequestMessage!.RequestUri!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_settings.Limits.Answer);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            using var bytes = new MemoryStream();
            var buffer = new byte[1 << 16];
            while (await body.ReadAsync(buffer, limit.Token) is var read and > 0)
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > maxBytes)
                    throw HubFailure.NoHub($"the answer of {HubFailure.NameOf(address)} does not end");
            }
            return bytes.ToArray();
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure(
                $"{HubFailure.NameOf(address)} began its answer and did not end it within "
                    + HubFailure.Seconds(_settings.Limits.Answer),
                innerException: e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HubFailure.Of(e, address);
        }
    }

    /// <summary>The next bytes of a large answer; 0 where the file is not at its end is a failure as well.</summary>
    /// <param name="body">The answer's.</param>
    /// <param name="address">Where it comes from, for messages.</param>
    /// <param name="buffer">Takes them.</param>
    /// <param name="left">How long they may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<int> ReadAsync(
        Stream body, Uri address, Memory<byte> buffer, TimeSpan left, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        try
        {
            return await body.ReadAsync(buffer, limit.Token) is var read and > 0
                ? read
                : throw new HubFailure($"{HubFailure.NameOf(address)} ended its answer too early");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure(
                $"{HubFailure.NameOf(address)} sent next to nothing for {HubFailure.Seconds(_settings.Limits.Stall)}",
                innerException: e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HubFailure.Of(e, address);
        }
    }

    /// <summary>Whether an address is the Hub's own: only there the token is sent, and its refusals count.</summary>
    public bool IsHub(Uri address) => address.Host == _settings.Endpoint.Host
        && address.Port == _settings.Endpoint.Port && address.Scheme == _settings.Endpoint.Scheme;

    /// <summary>Refuses an answer that is none.</summary>
    /// <exception cref="HubFailure">The Hub is not in order, or this is no hub.</exception>
    /// <exception cref="ModelHubException">It refuses this model.</exception>
    public void Check(HttpResponseMessage response, HubModel model)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 400) return;
        var address = response.RequestMessage!.RequestUri!;
        var name = HubFailure.NameOf(address);
        throw status switch
        {
            _ when RefusalOf(response, model) is { } refusal => refusal,
            511 => HubFailure.WebPage(address),
            407 => new HubFailure("the proxy wants a login",
                "Write it into HTTPS_PROXY or HTTP_PROXY as http://name:password@host:port, then try again.",
                isLasting: true),
            429 when RetryAfter(response) is { } after => new HubFailure(
                $"{name} has had too many requests from here and asks to wait {HubFailure.Seconds(after)} (429)",
                "Wait for that long, then try again; what has arrived is kept.", after: after),
            429 => new HubFailure($"{name} has had too many requests from here (429)",
                "Wait some minutes, then try again; what has arrived is kept."),
            >= 500 or 408 => new HubFailure($"{name} is out of order, it answered {status}",
                "Try again later; what has arrived is kept.", after: RetryAfter(response)),
            _ => HubFailure.NoHub($"{name} answered {status}"),
        };
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri address, RangeHeaderValue? range, CancellationToken limit,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Headers = { Range = range } };
        if (_settings.Token is { } token && IsHub(address))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            var limits = _settings.Limits;
            throw HubFailure.Silent(address, e.InnerException is TimeoutException ? limits.Connect : limits.Answer, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or NotSupportedException)
        {
            throw HubFailure.Of(e, address);
        }
    }

    // The published Hub names the reason in a header: without it, a name that does not exist looks like a missing
    // login.
    private ModelHubException? RefusalOf(HttpResponseMessage response, HubModel model)
    {
        if (!IsHub(response.RequestMessage!.RequestUri!)) return null;
        var reason = response.Headers.TryGetValues("X-Error-Code", out var values) ? values.First() : null;
        var terms = new Uri(_settings.Endpoint, model.Repository);
        return ((int)response.StatusCode, reason) switch
        {
            (401 or 403, "GatedRepo") => new ModelHubException(_settings.Token is null
                ? $"{model} is given only to people who accept its terms. Accept them at {terms}, then set HF_TOKEN to "
                    + "an access token of that account and try again."
                : $"{model} is given only to people who accept its terms. Accept them at {terms} with the account of "
                    + "the token in HF_TOKEN, then try again."),
            (401 or 404, "RepoNotFound") when _settings.Token is null => new ModelHubException(
                $"The Hub has no {model}, or shows it only to a login. Check owner, name and revision; if it is not "
                    + "public, set HF_TOKEN to an access token."),
            (404, "RevisionNotFound") => new ModelHubException(
                $"The Hub has {model.Repository}, but no revision {model.Revision} of it. Check the revision."),
            (403, "DisabledRepo") => new ModelHubException($"The Hub has closed {model}: nobody can fetch it."),
            (401 or 403, _) when _settings.Token is null => new ModelHubException($"{model} asks for a login. "
                + "Accept its terms on the Hub if it has any, then set HF_TOKEN to an access token and try again."),
            (401 or 403, _) => new ModelHubException($"The token in HF_TOKEN is not valid, or has no right to {model}. "
                + "Accept its terms on the Hub with the same account, or use another token."),
            (404, _) => new ModelHubException($"The Hub has no {model}. Check owner, name and revision."),
            _ => null,
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
        _ => null,
    };
}
