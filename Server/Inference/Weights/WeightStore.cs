using Molmo.Demo.Inference.Weights.Torch;

namespace Molmo.Demo.Inference.Weights;

/// <summary>
/// All weights of a checkpoint folder: one <c>model.safetensors</c> or shards named by an index, else the same as
/// <c>pytorch_model.bin</c>.
/// </summary>
public sealed class WeightStore : IDisposable
{
    public const string SingleFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";
    public const string TorchSingleFile = "pytorch_model.bin";
    public const string TorchIndexFile = "pytorch_model.bin.index.json";

    private const long MaxIndexLength = 100_000_000;

    private readonly Dictionary<string, WeightFile> _fileOf;
    private readonly string _source;

    private WeightStore(string source, IReadOnlyList<WeightFile> files, Dictionary<string, WeightFile> fileOf)
    {
        _source = source;
        Files = files;
        _fileOf = fileOf;
        StoredLength = files.Sum(file => file.Tensors.Values.Sum(entry => entry.Length));
    }

    /// <summary>The files, in the order of their names.</summary>
    public IReadOnlyList<WeightFile> Files { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long StoredLength { get; }

    /// <summary>The root of all tensor names.</summary>
    public WeightScope Root => new(this, "");

    /// <summary>Opens the first of these that there is: safetensors, its shards, torch's file, its shards.</summary>
    /// <exception cref="ModelFormatException">A file is missing or broken.</exception>
    public static WeightStore Open(string folder)
        => OpenKind(folder, SingleFile, IndexFile, ".safetensors", SafetensorsFile.Open)
           ?? OpenKind(folder, TorchSingleFile, TorchIndexFile, ".bin", TorchFile.Open)
           ?? throw new ModelFormatException(
               folder, null, $"there are no weights: neither {SingleFile} nor {IndexFile} nor {TorchSingleFile} nor {TorchIndexFile} is in the folder.");

    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }

    /// <summary>Gives back the memory of all that was read so far. Nobody may read meanwhile.</summary>
    internal void Release()
    {
        foreach (var file in Files) file.Release();
    }

    internal bool Has(string name) => _fileOf.ContainsKey(name);

    internal WeightTensor? Find(string name)
        => _fileOf.TryGetValue(name, out var file) ? new WeightTensor(file, file.Tensors[name]) : null;

    /// <summary>The file that holds a tensor, or where it ought to be listed.</summary>
    internal string FileOf(string name) => _fileOf.TryGetValue(name, out var file) ? file.Path : _source;

    private static WeightStore? OpenKind(string folder, string singleName, string indexName, string extension, Func<string, WeightFile> open)
    {
        var single = Path.Combine(folder, singleName);
        if (File.Exists(single))
        {
            var file = open(single);
            return new WeightStore(single, [file], file.Tensors.Keys.ToDictionary(name => name, _ => file, StringComparer.Ordinal));
        }

        var index = Path.Combine(folder, indexName);
        return File.Exists(index) ? OpenShards(folder, index, ModelFile.ReadJson(index, MaxIndexLength, root => ReadIndex(root, index, extension)), open) : null;
    }

    private static WeightStore OpenShards(string folder, string index, Dictionary<string, string> shardOf, Func<string, WeightFile> open)
    {
        var files = new SortedDictionary<string, WeightFile>(StringComparer.Ordinal);
        try
        {
            foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, shard);
                if (!File.Exists(path)) throw new ModelFormatException(index, shard, "is named as a shard, but the file is missing.");
                files.Add(shard, open(path));
            }

            var fileOf = new Dictionary<string, WeightFile>(StringComparer.Ordinal);
            foreach (var (name, shard) in shardOf)
            {
                if (!files[shard].Tensors.ContainsKey(name))
                    throw new ModelFormatException(files[shard].Path, ModelFormatException.Shown(name), $"is missing, although {Path.GetFileName(index)} places it here.");
                fileOf.Add(name, files[shard]);
            }

            return new WeightStore(index, [.. files.Values], fileOf);
        }
        catch
        {
            foreach (var file in files.Values) file.Dispose();
            throw;
        }
    }

    private static Dictionary<string, string> ReadIndex(JsonElement root, string index, string extension)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException(index, "weight_map", "is missing or not an object.");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var name = ModelFormatException.Shown(property.Name);
            if (property.Value.ValueKind != JsonValueKind.String) throw new ModelFormatException(index, name, "is not placed in a file.");
            var shard = property.Value.GetString()!;
            if (!IsPlainFileName(shard, extension))
                throw new ModelFormatException(index, name, $"is placed in '{ModelFormatException.Shown(shard)}', which is not the plain name of a {extension} file in the folder.");
            if (!shardOf.TryAdd(property.Name, shard)) throw new ModelFormatException(index, name, "appears twice.");
        }

        if (shardOf.Count == 0) throw new ModelFormatException(index, "weight_map", "is empty.");
        return shardOf;
    }

    private static bool IsPlainFileName(string name, string extension)
        => name.EndsWith(extension, StringComparison.Ordinal) && name.Length <= 255
           && !name.StartsWith('.') && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
