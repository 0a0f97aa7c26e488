using System.Collections.Concurrent;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// Brings a model into the Hub cache: only the files this program reads, in parallel ranges, checked by hash.
/// </summary>
public sealed class HubFetch(HubSettings settings, TimeProvider time)
{
    private const int Workers = 4;

    private static readonly string[] SmallFiles =
        ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
            "special_tokens_map.json", "added_tokens.json", "knows.json"];

    /// <summary>The snapshot folder of the model, fetched where the cache lacks it.</summary>
    /// <exception cref="ModelHubException">It cannot be had; the message says why and what was kept.</exception>
    public async Task<string> RunAsync(
        HubModel model, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var cache = new HubCache(settings.Cache);
        if (settings.Offline)
            return cache.FindSnapshot(model) ?? throw new ModelHubException(
                $"{model} is not in the cache {settings.Cache}, and HF_HUB_OFFLINE forbids to fetch it.");
        using var client = new HubClient(settings, time);
        HubFile[] files;
        try
        {
            var names = Choose(await client.ListFilesAsync(model, cancellationToken), model);
            var described = new HubFile[names.Count];
            await Parallel.ForEachAsync(Enumerable.Range(0, names.Count), Options(cancellationToken),
                async (i, ct) => described[i] = await client.DescribeAsync(model, names[i], ct));
            files = described;
        }
        catch (ModelHubException e) when (e.InnerException is HttpRequestException or IOException
            && cache.FindSnapshot(model) is { } kept && IsComplete(kept))
        {
            return kept; // the network is away, the model is here
        }
        var commit = files[0].Commit;
        if (files.Any(file => file.Commit != commit))
            throw new ModelHubException($"{model} changed on the Hub just now. Run the same command again.");
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await FetchBlobsAsync(client, cache, model, files, progress, cancellationToken);
                break;
            }
            catch (HubFileChangedException e) when (attempt < 2)
            {
                var fresh = await client.DescribeAsync(model, e.File, cancellationToken);
                files = [.. files.Select(file => file.Name == e.File ? fresh : file)];
                commit = fresh.Commit;
            }
            catch (HubFileChangedException e)
            {
                throw new ModelHubException(
                    $"{e.File} of {model} keeps changing on the Hub. Name a commit: {model.Repository}@COMMIT.", e);
            }
        }
        foreach (var file in files) cache.Link(model, commit, file.Name, file.Etag);
        cache.WriteRef(model, commit);
        return cache.Snapshot(model, commit);
    }

    /// <summary>Whether a snapshot has configuration, tokenizer and weights.</summary>
    public static bool IsComplete(string snapshot)
        => File.Exists(Path.Combine(snapshot, "config.json")) && File.Exists(Path.Combine(snapshot, "tokenizer.json"))
            && Directory.EnumerateFiles(snapshot).Any(file => IsWeights(Path.GetFileName(file)) && File.Exists(file));

    private static List<string> Choose(IReadOnlyList<string> all, HubModel model)
    {
        var safetensors = all.Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal)
            && !name.Contains('/', StringComparison.Ordinal))
            .ToList();
        var weights = safetensors.Count > 0
            ? safetensors.Concat(all.Where(name => name == "model.safetensors.index.json"))
            : all.Where(name => name == "pytorch_model.bin");
        var chosen = all.Where(SmallFiles.Contains).Concat(weights).ToList();
        if (!chosen.Contains("config.json") || !chosen.Any(IsWeights))
            throw new ModelHubException($"{model} holds no config.json with safetensors or pytorch_model.bin, "
                + $"so it is not a model this program can run.");
        return chosen;
    }

    private static bool IsWeights(string name)
        => name.EndsWith(".safetensors", StringComparison.Ordinal) || name == "pytorch_model.bin";

    private static ParallelOptions Options(CancellationToken cancellationToken)
        => new() { MaxDegreeOfParallelism = Workers, CancellationToken = cancellationToken };

    private async Task FetchBlobsAsync(
        HubClient client, HubCache cache, HubModel model, IReadOnlyList<HubFile> files,
        IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var blobs = new Dictionary<string, (HubFile File, PartialBlob Blob)>();
        using var meter = new RateMeter(
            model.ToString(), files.DistinctBy(file => file.Etag).Sum(file => file.Size), progress, time);
        try
        {
            foreach (var file in files.DistinctBy(file => file.Etag))
            {
                var path = cache.Blob(model, file.Etag);
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
                        + $"away. The other files are kept; run the same command again.");
        }
        catch (IOException e)
        {
            throw new ModelHubException(
                $"{model} could not be written to {settings.Cache}: {e.Message.TrimEnd('.')}. "
                    + $"What has arrived is kept.",
                e);
        }
        finally
        {
            foreach (var (_, blob) in blobs.Values) blob.Dispose();
        }
    }

    private static PartialBlob OpenPartial(string path, HubFile file, HubModel model)
    {
        try
        {
            return new PartialBlob(path, file.Size);
        }
        catch (IOException e)
        {
            throw new ModelHubException(
                $"{file.Name} of {model} is being fetched by another process, "
                    + $"or cannot be written ({e.Message.TrimEnd('.')}).",
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
