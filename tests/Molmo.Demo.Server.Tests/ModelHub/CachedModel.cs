namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>A model in a cache as the Python client leaves it; its files hold nothing of a model.</summary>
internal static class CachedModel
{
    /// <summary>Of a model in two shards.</summary>
    public static readonly string[] Shards =
        ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors.index.json",
            "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

    /// <summary>What a file holds.</summary>
    public static byte[] ContentOf(string file) => Encoding.UTF8.GetBytes(file != "model.safetensors.index.json"
        ? $$"""{"of": "{{file}}"}"""
        : """
          {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors",
            "c": "model-00002-of-00002.safetensors"}}
          """);

    /// <summary>The name of a file's blob.</summary>
    public static string TagOf(string file)
        => file.EndsWith(".safetensors", StringComparison.Ordinal)
            ? FakeHub.Sha256(ContentOf(file)) : FakeHub.GitHash(ContentOf(file));

    /// <summary>Writes blobs, links and the branch.</summary>
    /// <returns>The snapshot.</returns>
    public static string Write(string cache, IEnumerable<string> files)
    {
        var repository = Path.Combine(cache, "models--owner--tiny");
        var snapshot = Path.Combine(repository, "snapshots", FakeHub.Commit);
        foreach (var folder in new[] { "blobs", "refs" }) Directory.CreateDirectory(Path.Combine(repository, folder));
        Directory.CreateDirectory(snapshot);
        File.WriteAllText(Path.Combine(repository, "refs", "main"), FakeHub.Commit);
        foreach (var file in files)
        {
            File.WriteAllBytes(Path.Combine(repository, "blobs", TagOf(file)), ContentOf(file));
            File.CreateSymbolicLink(
                Path.Combine(snapshot, file), Path.Combine("..", "..", "blobs", TagOf(file)));
        }
        return snapshot;
    }

    /// <summary>Lets a Hub hold all of it.</summary>
    public static void Publish(FakeHub hub)
    {
        foreach (var file in Shards) hub.Files[file] = ContentOf(file);
    }
}
