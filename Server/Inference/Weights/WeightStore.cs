using System.Text.Json;

namespace Molmo.Demo.Inference.Weights;

/// <summary>All weights of a checkpoint folder: one <c>model.safetensors</c>, or shards named by an index.</summary>
public sealed class WeightStore : IDisposable
{
    public const string SingleFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";

    private const long MaxIndexLength = 100_000_000;

    private readonly Dictionary<string, SafetensorsFile> _fileOf;
    private readonly string _source;

    private WeightStore(string source, IReadOnlyList<SafetensorsFile> files, Dictionary<string, SafetensorsFile> fileOf)
    {
        _source = source;
        Files = files;
        _fileOf = fileOf;
        StoredLength = files.Sum(file => file.DataLength);
    }

    /// <summary>The files, in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long StoredLength { get; }

    /// <summary>The root of all tensor names.</summary>
    public WeightScope Root => new(this, "");

    /// <summary>Opens the single file if there is one, else the index with all its shards.</summary>
    /// <exception cref="ModelFormatException">A file is missing or broken.</exception>
    public static WeightStore Open(string folder)
    {
        var single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
        {
            var file = SafetensorsFile.Open(single);
            return new WeightStore(single, [file], file.Tensors.Keys.ToDictionary(name => name, _ => file, StringComparer.Ordinal));
        }

        var index = Path.Combine(folder, IndexFile);
        if (File.Exists(index)) return OpenShards(folder, index, JsonFile.Read(index, MaxIndexLength, root => ReadIndex(root, index)));
        throw new ModelFormatException(folder, null, File.Exists(Path.Combine(folder, "pytorch_model.bin"))
            ? $"the weights are in pytorch_model.bin, which is not read; {SingleFile} or {IndexFile} is needed."
            : $"there are no weights: neither {SingleFile} nor {IndexFile} is in the folder.");
    }

    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }

    internal bool Has(string name) => _fileOf.ContainsKey(name);

    internal WeightTensor? Find(string name)
        => _fileOf.TryGetValue(name, out var file) ? new WeightTensor(file, file.Tensors[name]) : null;

    /// <summary>The file that holds a tensor, or where it ought to be listed.</summary>
    internal string FileOf(string name) => _fileOf.TryGetValue(name, out var file) ? file.Path : _source;

    private static WeightStore OpenShards(string folder, string index, Dictionary<string, string> shardOf)
    {
        var files = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, shard);
                if (!File.Exists(path)) throw new ModelFormatException(index, shard, "is named as a shard, but the file is missing.");
                files.Add(shard, SafetensorsFile.Open(path));
            }

            var fileOf = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
            foreach (var (name, shard) in shardOf)
            {
                if (!files[shard].Tensors.ContainsKey(name))
                    throw new ModelFormatException(files[shard].Path, SafetensorsHeader.Shown(name), $"is missing, although {IndexFile} places it here.");
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

    private static Dictionary<string, string> ReadIndex(JsonElement root, string index)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException(index, "weight_map", "is missing or not an object.");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var name = SafetensorsHeader.Shown(property.Name);
            if (property.Value.ValueKind != JsonValueKind.String) throw new ModelFormatException(index, name, "is not placed in a file.");
            var shard = property.Value.GetString()!;
            if (!IsPlainFileName(shard))
                throw new ModelFormatException(index, name, $"is placed in '{SafetensorsHeader.Shown(shard)}', which is not the plain name of a .safetensors file in the folder.");
            if (!shardOf.TryAdd(property.Name, shard)) throw new ModelFormatException(index, name, "appears twice.");
        }

        if (shardOf.Count == 0) throw new ModelFormatException(index, "weight_map", "is empty.");
        return shardOf;
    }

    private static bool IsPlainFileName(string name)
        => name.EndsWith(".safetensors", StringComparison.Ordinal) && name.Length <= 255
           && !name.StartsWith('.') && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
