using System.Net;
using System.Net.Http.Headers;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// The Hub's HTTP interface: what a repository holds, and bytes of its files. Tries again where that can help.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int Tries = 6;

    private readonly HubSettings _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public HubClient(HubSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        // Redirects are followed by hand: the token must not travel to another host.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(15)
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("molmo-demo/1.0");
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>Names of the files of a revision.</summary>
    /// <exception cref="ModelHubException">No such model, no right to it, or the Hub does not answer.</exception>
    public async Task<IReadOnlyList<string>> ListFilesAsync(HubModel model, CancellationToken cancellationToken)
    {
        var address = new Uri(
            _settings.Endpoint, $"api/models/{model.Repository}/revision/{Uri.EscapeDataString(model.Revision)}");
        return await RetryAsync(model, async () =>
        {
            using var response = await SendAsync(
                HttpMethod.Get, address, range: null, followAbroad: true, cancellationToken);
            Check(response, model);
            using var body = await JsonDocument.ParseAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            return body.RootElement.GetProperty("siblings")
                .EnumerateArray().Select(file => file.GetProperty("rfilename").GetString()!).ToList();
        }, cancellationToken);
    }

    /// <summary>Commit, tag, size and place of one file.</summary>
    public async Task<HubFile> DescribeAsync(HubModel model, string file, CancellationToken cancellationToken)
    {
        var path = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        var address = new Uri(
            _settings.Endpoint, $"{model.Repository}/resolve/{Uri.EscapeDataString(model.Revision)}/{path}");
        return await RetryAsync(model, async () =>
        {
            using var response = await SendAsync(
                HttpMethod.Head, address, range: null, followAbroad: false, cancellationToken);
            Check(response, model);
            var commit = Header(response, "X-Repo-Commit") ?? throw new ModelHubException(
                $"The Hub's answer for {file} of {model} names no commit. Is HF_ENDPOINT a model hub?");
            var etag = (Header(response, "X-Linked-Etag") ?? Header(response, "ETag"))
                ?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
            var size = Header(response, "X-Linked-Size") is { } text
                ? long.Parse(text, CultureInfo.InvariantCulture)
                : response.Content.Headers.ContentLength;
            if (etag is not { Length: 40 or 64 } || !etag.All(char.IsAsciiHexDigit) || !HubCache.IsCommit(commit)
                || size is null or < 0)
                throw new ModelHubException($"The Hub's answer for {file} of {model} has no usable size and hash.");
            var location =
                response.Headers.Location is { } next ? new Uri(address, next) : response.RequestMessage!.RequestUri!;
            return new HubFile(file, commit, etag.ToLowerInvariant(), size.Value, location);
        }, cancellationToken);
    }

    /// <summary>Copies bytes [from, to) of a file into the sink; after a cut it goes on where it was.</summary>
    /// <param name="model">For messages.</param>
    /// <param name="file">The file; its location is asked for again when it has expired.</param>
    /// <param name="from">First byte.</param>
    /// <param name="to">One past the last byte.</param>
    /// <param name="sink">Takes the bytes with their position in the file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HubFileChangedException">The file is another one now.</exception>
    public async Task CopyAsync(
        HubModel model, HubFile file, long from, long to, Func<ReadOnlyMemory<byte>, long, ValueTask> sink,
        CancellationToken cancellationToken)
    {
        var position = from;
        await RetryAsync(model, async () =>
        {
            using var response = await SendAsync(HttpMethod.Get, file.Location, new RangeHeaderValue(position, to - 1),
                followAbroad: true, cancellationToken);
            Check(response, model);
            var range = response.Content.Headers.ContentRange;
            if (response.StatusCode == HttpStatusCode.PartialContent
                && (range?.From != position || (range.Length is { } length && length != file.Size)))
                throw new HubFileChangedException(file.Name);
            if (response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength is { } whole
                && whole != file.Size)
                throw new HubFileChangedException(file.Name);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            // A server without ranges sends everything: read past what is there already.
            var skip = response.StatusCode == HttpStatusCode.OK ? position : 0;
            var buffer = new byte[1 << 17];
            while (position < to)
            {
                using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                stall.CancelAfter(TimeSpan.FromSeconds(60));
                int read;
                try
                {
                    read = await body.ReadAsync(buffer, stall.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw new IOException("no bytes for 60 seconds");
                }
                if (read == 0) throw new IOException($"the connection ended {to - position} bytes early");
                var skipped = (int)Math.Min(skip, read);
                skip -= skipped;
                var count = (int)Math.Min(read - skipped, to - position);
                if (count == 0) continue;
                await sink(buffer.AsMemory(skipped, count), position);
                position += count;
            }
            return position;
        }, cancellationToken, progress: () => position);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, RangeHeaderValue? range, bool followAbroad, CancellationToken cancellationToken)
    {
        for (var hop = 0; hop < 8; hop++)
        {
            using var request = new HttpRequestMessage(method, address) { Headers = { Range = range } };
            if (_settings.Token is { } token && IsHub(address))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)
                || response.Headers.Location is not { } location)
                return response;
            var next = new Uri(address, location);
            // A large file's description is the redirect itself; the store behind it knows no commit.
            if (!followAbroad && (!IsHub(next) || response.Headers.Contains("X-Linked-Etag"))) return response;
            response.Dispose();
            address = next;
        }
        throw new ModelHubException("The Hub redirects in a circle.");
    }

    private bool IsHub(Uri address) => address.Host == _settings.Endpoint.Host
        && address.Port == _settings.Endpoint.Port && address.Scheme == _settings.Endpoint.Scheme;

    private static string? Header(HttpResponseMessage response, string name)
        => response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private void Check(HttpResponseMessage response, HubModel model)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 400) return;
        throw status switch
        {
            401 or 403 when _settings.Token is null => new ModelHubException($"{model} asks for a login. "
                + $"Accept its terms on the Hub if it has any, then set HF_TOKEN to an access token and try again."),
            401 or 403 => new ModelHubException($"The token in HF_TOKEN has no right to {model}. "
                + $"Accept its terms on the Hub with the same account, or use another token."),
            404 => new ModelHubException($"The Hub has no {model}. Check owner, name and revision."),
            429 => new HubRetryException("the Hub asks to wait", RetryAfter(response)),
            >= 500 or 408 => new HubRetryException($"the Hub answered {status}", RetryAfter(response)),
            _ => new ModelHubException($"The Hub answered {status} for {model}."),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow(),
        _ => null,
    };

    private async Task<T> RetryAsync<T>(
        HubModel model, Func<Task<T>> attempt, CancellationToken cancellationToken, Func<long>? progress = null)
    {
        var tries = 0;
        while (true)
        {
            var before = progress?.Invoke();
            try
            {
                return await attempt();
            }
            catch (Exception e) when (e is HttpRequestException or IOException or HubRetryException
                && !cancellationToken.IsCancellationRequested)
            {
                // A try that moved forward does not count: a long file over a bad line still arrives.
                tries = progress is not null && progress() > before ? 1 : tries + 1;
                if (tries >= Tries)
                    throw new ModelHubException(
                        $"{model} could not be fetched: {e.Message.TrimEnd('.')}. What has arrived is kept; "
                            + $"run the same command again to go on.",
                        e);
                var wait = (e as HubRetryException)?.After ?? TimeSpan.FromSeconds(0.5 * Math.Pow(2, tries - 1));
                wait = TimeSpan.FromSeconds(Math.Clamp(wait.TotalSeconds, 0, 300));
                await Task.Delay(wait, _time, cancellationToken);
            }
        }
    }

    private sealed class HubRetryException(string message, TimeSpan? after) : Exception(message)
    {
        public TimeSpan? After { get; } = after;
    }
}

/// <summary>A file was replaced on the Hub while it was fetched.</summary>
public sealed class HubFileChangedException(string file) : Exception($"{file} changed on the Hub")
{
    public string File { get; } = file;
}
