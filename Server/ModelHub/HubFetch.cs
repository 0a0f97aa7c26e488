using System.Collections.Concurrent;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// Brings a model into the Hub cache: only the files this program reads, in parallel ranges, checked by hash.
/// </summary>
public sealed class HubFetch(HubSettings settings, TimeProvider time)
{
    private const int Workers = 4;

    // Between listing and the last byte a repository may change; one that goes on doing so is given up.
    private const int Rounds = 3;

    private readonly HubCache _cache = new(settings.Cache);

    /// <summary>The snapshot folder of the model, fetched where the cache lacks it.</summary>
    /// <param name="model">Which.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="cancellationToken">Ends it; what has arrived is kept.</param>
    /// <param name="note">Takes a sentence where the Hub was not reached and the cache has the model.</param>
    /// <exception cref="ModelHubException">It cannot be had; the message says why and what was kept.</exception>
    public async Task<string> RunAsync(
        HubModel model, IProgress<FetchProgress>? progress, CancellationToken cancellationToken,
        Action<string>? note = null)
    {
        var kept = _cache.FindSnapshot(model);
        var missing = kept is null ? null : HubSnapshot.Missing(kept);
        if (settings.Offline)
            return missing is { Count: 0 } ? kept! : throw new ModelHubException(
                $"{Lacking(model, missing)}, and HF_HUB_OFFLINE forbids to fetch. Run \"fetch {model}\" "
                    + "without it, where the Hub can be reached.");
        var told = new FetchReport(model, progress);
        using var client = new HubClient(settings, time, told.Hinder);
        HubFile[] before = [];
        for (var round = 1; ; round++)
        {
            HubFile[] files;
            try
            {
                files = await DescribeAsync(client, model, cancellationToken);
            }
            catch (ModelHubException e) when (e.IsUnreachable && missing is { Count: 0 })
            {
                note?.Invoke($"{e.Message} Until then: what the cache has of it, which is complete.");
                return kept!;
            }
            catch (ModelHubException e) when (e.IsUnreachable && missing is not null)
            {
                throw new ModelHubException($"{e.Message} {Lacking(model, missing)}.", e.InnerException);
            }
            try
            {
                if (files.FirstOrDefault(file => file.Commit != files[0].Commit) is { } newer)
                    throw new HubFileChangedException(newer.Name);
                await FetchBlobsAsync(client, model, files, told, cancellationToken);
                return Keep(model, files);
            }
            catch (HubFileChangedException) when (round < Rounds)
            {
                before = files;
            }
            catch (HubFileChangedException e)
            {
                throw new ModelHubException(files.Select(SignOf).SequenceEqual(before.Select(SignOf))
                    ? $"What the Hub sends of {e.File} of {model} is not what it describes: sizes differ. Check "
                        + "HF_ENDPOINT and proxies, or try again later; what has arrived is kept."
                    : $"{e.File} of {model} keeps changing on the Hub. Name a commit: {model.Repository}@COMMIT.", e);
            }
        }
    }

    // Without the place, which is another one each time.
    private static (string, string, long) SignOf(HubFile file) => (file.Name, file.Etag, file.Size);

    private static string Lacking(HubModel model, IReadOnlyList<string>? missing) => missing is null
        ? $"{model} is not in the cache"
        : $"The cache has {model} without {string.Join(", ", missing)}";

    private static ParallelOptions Options(CancellationToken cancellationToken)
        => new() { MaxDegreeOfParallelism = Workers, CancellationToken = cancellationToken };

    private static async Task<HubFile[]> DescribeAsync(
        HubClient client, HubModel model, CancellationToken cancellationToken)
    {
        var names = HubSnapshot.Choose(await client.ListFilesAsync(model, cancellationToken), model);
        var files = new HubFile[names.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, names.Count), Options(cancellationToken),
            async (i, ct) => files[i] = await client.DescribeAsync(model, names[i], ct));
        return files;
    }

    private string Keep(HubModel model, HubFile[] files)
    {
        var commit = files[0].Commit;
        try
        {
            foreach (var file in files) _cache.Link(model, commit, file.Name, file.Etag);
            _cache.WriteRef(model, commit);
            return _cache.Snapshot(model, commit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(model, e);
        }
    }

    private ModelHubException Unwritable(HubModel model, Exception e) => new(
        $"{model} could not be written to {settings.Cache}: {e.Message.TrimEnd('.')}. "
            + "What has arrived is kept; make room, or set HF_HUB_CACHE to another folder.",
        e);

    private async Task FetchBlobsAsync(
        HubClient client, HubModel model, IReadOnlyList<HubFile> files, FetchReport progress,
        CancellationToken cancellationToken)
    {
        var blobs = new Dictionary<string, (HubFile File, PartialBlob Blob)>();
        using var meter = new RateMeter(
            model.ToString(), files.DistinctBy(file => file.Etag).Sum(file => file.Size), progress, time);
        try
        {
            foreach (var file in files.DistinctBy(file => file.Etag))
            {
                var path = _cache.Blob(model, file.Etag);
                if (File.Exists(path) && new FileInfo(path).Length == file.Size) meter.Add(file.Size, isNew: false);
                else blobs.Add(file.Etag, (file, OpenPartial(path, file, model)));
            }
            foreach (var (_, blob) in blobs.Values) meter.Add(blob.DoneBytes, isNew: false);
            CheckSpace(model, blobs.Values.Sum(entry => entry.Blob.Size - entry.Blob.DoneBytes));
            var work = new ConcurrentQueue<(HubFile File, PartialBlob Blob, int Chunk)>(
                blobs.Values.SelectMany(entry => entry.Blob.Missing.Select(chunk => (entry.File, entry.Blob, chunk))));
            await Parallel.ForEachAsync(work, Options(cancellationToken), async (item, ct) =>
            {
                var (from, to) = item.Blob.Range(item.Chunk);
                await client.CopyAsync(model, item.File, from, to, (bytes, position) =>
                {
                    item.Blob.Write(bytes.Span, position);
                    meter.Add(bytes.Length, isNew: true);
                    return ValueTask.CompletedTask;
                }, ct);
                item.Blob.Finish(item.Chunk);
            });
            foreach (var (file, blob) in blobs.Values)
                if (!await blob.CompleteAsync(file.Etag, cancellationToken))
                    throw new ModelHubException($"{file.Name} of {model} arrived with the wrong hash and was thrown "
                        + $"away. The other files are kept; try again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(model, e);
        }
        finally
        {
            foreach (var (_, blob) in blobs.Values) blob.Dispose();
        }
    }

    private PartialBlob OpenPartial(string path, HubFile file, HubModel model)
    {
        try
        {
            return new PartialBlob(path, file.Size);
        }
        catch (IOException e) when (File.Exists(path + ".part"))
        {
            throw new ModelHubException(
                $"{file.Name} of {model} is being fetched by another process, "
                    + $"or cannot be written to {settings.Cache}: {e.Message.TrimEnd('.')}.",
                e);
        }
    }

    private void CheckSpace(HubModel model, long missing)
    {
        // Sparse parts already count as missing until their chunks are there.
        var free = new DriveInfo(Path.GetFullPath(settings.Cache)).AvailableFreeSpace;
        if (free < missing + (64L << 20))
            throw new ModelHubException(FormattableString.Invariant(
                $"{model} needs {missing / 1e9:0.0} GB more in {settings.Cache}, where {free / 1e9:0.0} GB are free. ")
                + "Make room, or set HF_HUB_CACHE to another disk.");
    }
}
