using Molmo.Demo.Inference;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>Which files of a repository this program reads, and which of them a snapshot lacks.</summary>
internal static class HubSnapshot
{
    private const string SafetensorsIndex = "model.safetensors.index.json";
    private const string TorchIndex = "pytorch_model.bin.index.json";

    private static readonly string[] Needed = ["config.json", "preprocessor_config.json", "tokenizer.json"];

    private static readonly string[] Useful =
        ["generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
            "knows.json"];

    /// <summary>The files to fetch, of all that a repository holds.</summary>
    /// <exception cref="ModelHubException">It is not a model that this program can run.</exception>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> all, HubModel model)
    {
        var weights = all.Where(name => IsWeights(name, ".safetensors") || name == SafetensorsIndex).ToList();
        if (!weights.Any(name => name != SafetensorsIndex))
            weights = [.. all.Where(name => IsWeights(name, ".bin") || name == TorchIndex)];
        if (!all.Contains("config.json") || !weights.Any(name => name is not (SafetensorsIndex or TorchIndex)))
            throw new ModelHubException($"{model} holds no config.json with safetensors or pytorch_model.bin, "
                + $"so it is not a model this program can run.");
        return [.. all.Where(name => Needed.Contains(name) || Useful.Contains(name)).Concat(weights).Distinct()];
    }

    /// <summary>Whether a snapshot has configuration, tokenizer and all weights.</summary>
    public static bool IsComplete(string snapshot) => Missing(snapshot).Count == 0;

    /// <summary>
    /// What a snapshot lacks, by name: what is not there, what links to a blob that is not there, and what is a Git LFS
    /// pointer or a web page in place of the file, which is said.
    /// </summary>
    /// <exception cref="ModelHubException">The snapshot cannot be read.</exception>
    public static IReadOnlyList<string> Missing(string snapshot)
    {
        try
        {
            return Look(snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelHubException($"{snapshot} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static IReadOnlyList<string> Look(string snapshot)
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in Needed.Concat(Weights(snapshot))) Look(file, isNeeded: true);
        // A link says that the file belongs to it, though another start could do without.
        foreach (var file in Useful) Look(file, isNeeded: false);
        return [.. missing];

        void Look(string file, bool isNeeded)
        {
            var path = Path.Combine(snapshot, file);
            if (!isNeeded && !Path.Exists(path) && new FileInfo(path).LinkTarget is null) return;
            try
            {
                if (StandIn.In(path) is { } standIn) missing.Add($"{file} ({standIn.Name})");
            }
            // A link to nothing counts as a file until it is opened.
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                missing.Add(file);
            }
        }
    }

    /// <summary>The weights that there must be, in the order in which they are looked for when they are read.</summary>
    private static IEnumerable<string> Weights(string snapshot)
        => Weights(snapshot, "model.safetensors", SafetensorsIndex)
            ?? Weights(snapshot, "pytorch_model.bin", TorchIndex)
            ?? (Directory.EnumerateFiles(snapshot, "model-*.safetensors").Any() ? [SafetensorsIndex]
                : Directory.EnumerateFiles(snapshot, "pytorch_model-*.bin").Any() ? [TorchIndex]
                : ["model.safetensors"]);

    private static IEnumerable<string>? Weights(string snapshot, string single, string index)
    {
        if (IsThere(single)) return [single];
        return IsThere(index) ? [index, .. Shards(Path.Combine(snapshot, index))] : null;

        // A link to nothing is there as well: what it stands for is what is missing.
        bool IsThere(string file)
            => new FileInfo(Path.Combine(snapshot, file)) is { } entry
                && (entry.Exists || entry.LinkTarget is not null);
    }

    // One that is not there is missing itself; one that is broken is refused when the checkpoint is opened.
    private static IEnumerable<string> Shards(string index)
    {
        try
        {
            using var file = File.OpenRead(index);
            using var json = JsonDocument.Parse(file);
            return [.. json.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(place => place.Value.GetString()!).Where(name => Path.GetFileName(name) == name).Distinct()];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool IsWeights(string name, string extension)
        => name.EndsWith(extension, StringComparison.Ordinal) && !name.StartsWith('.')
            && name.AsSpan().IndexOfAny("/\\:\0") < 0
            && (extension != ".bin" || name == "pytorch_model.bin"
                || name.StartsWith("pytorch_model-", StringComparison.Ordinal));
}
