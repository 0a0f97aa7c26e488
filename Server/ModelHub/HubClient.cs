using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// The Hub's HTTP interface: what a repository holds, and bytes of its files. Tries again where that can help.
/// </summary>
/// <param name="settings">Which Hub, and how long it is waited for.</param>
/// <param name="time">Waits between tries.</param>
/// <param name="told">Takes why nothing comes while it is waited; null for nobody.</param>
internal sealed class HubClient(HubSettings settings, TimeProvider time, Action<string>? told = null) : IDisposable
{
    private const int MaxListBytes = 64 << 20;

    // 100 TB: above it, a size is not one.
    private const long MaxSize = 100_000_000_000_000;

    private readonly HubConnection _hub = new(settings, time);
    private readonly HubRetry _retry = new(settings.Limits, time, told);

    // Links to a store end after a while: where a file is now, by its tag.
    private readonly ConcurrentDictionary<string, Uri> _places = new();

    /// <summary>Names of the files of a revision.</summary>
    /// <exception cref="ModelHubException">No such model, no right to it, or the Hub does not answer.</exception>
    public Task<IReadOnlyList<string>> ListFilesAsync(HubModel model, CancellationToken cancellationToken)
    {
        var address = new Uri(
            settings.Endpoint, $"api/models/{model.Repository}/revision/{Uri.EscapeDataString(model.Revision)}");
        return _retry.RunAsync<IReadOnlyList<string>>(model, async headway =>
        {
            using var response = await _hub.SendAsync(
                HttpMethod.Get, address, range: null, followAbroad: true, headway.End);
            _hub.Check(response, model);
            var from = response.RequestMessage!.RequestUri!;
            var body = await _hub.ReadAsync(response, MaxListBytes, headway.End);
            return IsWebPage(response) || body.AsSpan().TrimStart(" \r\n\t"u8) is [(byte)'<', ..]
                ? throw HubFailure.WebPage(from)
                : NamesIn(body) ?? throw HubFailure.NoHub(
                    $"{HubFailure.NameOf(from)} answered with something else than a list of files");
        }, cancellationToken);
    }

    /// <summary>Commit, tag, size and place of one file.</summary>
    /// <exception cref="ModelHubException">The Hub does not say, or does not answer.</exception>
    public Task<HubFile> DescribeAsync(HubModel model, string file, CancellationToken cancellationToken)
    {
        var path = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        var address = new Uri(
            settings.Endpoint, $"{model.Repository}/resolve/{Uri.EscapeDataString(model.Revision)}/{path}");
        return _retry.RunAsync(model, async headway =>
        {
            using var response = await _hub.SendAsync(
                HttpMethod.Head, address, range: null, followAbroad: false, headway.End);
            _hub.Check(response, model);
            var from = response.RequestMessage!.RequestUri!;
            var commit = Header(response, "X-Repo-Commit") ?? throw (
                IsWebPage(response) ? HubFailure.WebPage(from)
                    : HubFailure.NoHub($"the answer of {HubFailure.NameOf(from)} for {file} names no commit"));
            var etag = (Header(response, "X-Linked-Etag") ?? Header(response, "ETag"))
                ?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
            var size = Header(response, "X-Linked-Size") is not { } text ? response.Content.Headers.ContentLength
                : long.TryParse(text, CultureInfo.InvariantCulture, out var linked) ? linked : null;
            if (etag is not { Length: 40 or 64 } || !etag.All(char.IsAsciiHexDigit) || !HubCache.IsCommit(commit)
                || size is null or < 0 or > MaxSize)
                throw HubFailure.NoHub(
                    $"the answer of {HubFailure.NameOf(from)} for {file} has no usable size and hash");
            var location = response.Headers.Location is { } next ? new Uri(from, next) : from;
            _places[etag.ToLowerInvariant()] = location;
            return new HubFile(file, commit, etag.ToLowerInvariant(), size.Value, location);
        }, cancellationToken);
    }

    /// <summary>Copies bytes [from, to) of a file into the sink; after a cut it goes on where it was.</summary>
    /// <param name="model">For messages.</param>
    /// <param name="file">The file; its location is asked for again when it has expired.</param>
    /// <param name="from">First byte.</param>
    /// <param name="to">One past the last byte.</param>
    /// <param name="sink">Takes the bytes with their position in the file. What it throws ends the copying.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HubFileChangedException">The file is another one now.</exception>
    /// <exception cref="ModelHubException">The Hub does not give it.</exception>
    public Task CopyAsync(
        HubModel model, HubFile file, long from, long to, Func<ReadOnlyMemory<byte>, long, ValueTask> sink,
        CancellationToken cancellationToken)
    {
        var position = from;
        return _retry.RunAsync(model, async headway =>
        {
            using var response = await _hub.SendAsync(
                HttpMethod.Get, _places.GetValueOrDefault(file.Etag, file.Location),
                new RangeHeaderValue(position, to - 1), followAbroad: true, headway.End);
            var address = response.RequestMessage!.RequestUri!;
            await CheckPlaceAsync(response, model, file, cancellationToken);
            if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable) _hub.Check(response, model);
            CheckRange(response, file, position, to);
            await using var body = await response.Content.ReadAsStreamAsync(headway.End);
            // A server without ranges sends everything: read past what is there already.
            var skip = response.StatusCode == HttpStatusCode.OK ? position : 0;
            var buffer = new byte[1 << 17];
            var (since, came) = (time.GetTimestamp(), 0L);
            while (position < to)
            {
                var read = await _hub.ReadAsync(
                    body, address, buffer, settings.Limits.Stall - time.GetElapsedTime(since), headway.End);
                came += read;
                if (came >= settings.Limits.LeastBytes)
                {
                    (since, came) = (time.GetTimestamp(), 0);
                    headway.Renew();
                }
                var skipped = (int)Math.Min(skip, read);
                skip -= skipped;
                var count = (int)Math.Min(read - skipped, to - position);
                if (count == 0) continue;
                await sink(buffer.AsMemory(skipped, count), position);
                position += count;
                headway.Bytes += count;
            }
            return position;
        }, cancellationToken);
    }

    public void Dispose() => _hub.Dispose();

    /// <summary>Asks the Hub for a new link where a store does not take the old one any more.</summary>
    private async Task CheckPlaceAsync(
        HttpResponseMessage response, HubModel model, HubFile file, CancellationToken cancellationToken)
    {
        var address = response.RequestMessage!.RequestUri!;
        var status = (int)response.StatusCode;
        if (status is not (401 or 403 or 404 or 410) || _hub.IsHub(address)) return;
        var fresh = await DescribeAsync(model, file.Name, cancellationToken);
        if (fresh.Etag != file.Etag) throw new HubFileChangedException(file.Name);
        throw new HubFailure(
            $"{HubFailure.NameOf(address)}, where the Hub keeps {file.Name}, answered {status}",
            "Try again later; what has arrived is kept.", after: TimeSpan.Zero);
    }

    private static void CheckRange(HttpResponseMessage response, HubFile file, long position, long to)
    {
        if (IsWebPage(response)) throw HubFailure.WebPage(response.RequestMessage!.RequestUri!);
        var content = response.Content.Headers;
        var isOther = response.StatusCode switch
        {
            HttpStatusCode.PartialContent => content.ContentRange is not { From: { } from } range || from != position
                || range.To >= to || (range.Length is { } length && length != file.Size),
            HttpStatusCode.OK => content.ContentLength is { } whole && whole != file.Size,
            _ => true,
        };
        if (isOther) throw new HubFileChangedException(file.Name);
    }

    private static bool IsWebPage(HttpResponseMessage response)
        => response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml";

    private static List<string>? NamesIn(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("siblings", out var files) && files.ValueKind == JsonValueKind.Array
                ? [.. files.EnumerateArray().Select(file => file.GetProperty("rfilename").GetString()!)] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static string? Header(HttpResponseMessage response, string name)
        => response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
