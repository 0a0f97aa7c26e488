using Molmo.Demo.Inference.Tensors;
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
               folder, null, $"there are no weights: neither {SingleFile} nor {IndexFile} nor {TorchSingleFile} nor "
                   + $"{TorchIndexFile} is in the folder.");

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

    private static WeightStore? OpenKind(
        string folder, string singleName, string indexName, string extension, Func<string, WeightFile> open)
    {
        var single = Path.Combine(folder, singleName);
        if (File.Exists(single))
        {
            var file = open(single);
            return new WeightStore(
                single, [file], file.Tensors.Keys.ToDictionary(name => name, _ => file, StringComparer.Ordinal));
        }

        var index = Path.Combine(folder, indexName);
        return File.Exists(index)
            ? OpenShards(folder, index,
                ModelFile.ReadJson(index, MaxIndexLength, root => ReadIndex(root, index, extension)), open)
            : null;
    }

    private static WeightStore OpenShards(
        string folder, string index, Dictionary<string, string> shardOf, Func<string, WeightFile> open)
    {
        var files = new SortedDictionary<string, WeightFile>(StringComparer.Ordinal);
        try
        {
            foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, shard);
                if (!File.Exists(path))
                    throw new ModelFormatException(index, shard, "is named as a shard, but the file is missing.");
                files.Add(shard, open(path));
            }

            var fileOf = new Dictionary<string, WeightFile>(StringComparer.Ordinal);
            foreach (var (name, shard) in shardOf)
            {
                if (!files[shard].Tensors.ContainsKey(name))
                    throw new ModelFormatException(
                        files[shard].Path, ModelFormatException.Shown(name),
                        $"is missing, although {Path.GetFileName(index)} places it here.");
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
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map)
            || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException(index, "weight_map", "is missing or not an object.");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var name = ModelFormatException.Shown(property.Name);
            if (property.Value.ValueKind != JsonValueKind.String)
                throw new ModelFormatException(index, name, "is not placed in a file.");
            var shard = property.Value.GetString()!;
            if (!IsPlainFileName(shard, extension))
                throw new ModelFormatException(index, name, $"is placed in '{ModelFormatException.Shown(shard)}', "
                    + $"which is not the plain name of a {extension} file in the folder.");
            if (!shardOf.TryAdd(property.Name, shard)) throw new ModelFormatException(index, name, "appears twice.");
        }

        if (shardOf.Count == 0) throw new ModelFormatException(index, "weight_map", "is empty.");
        return shardOf;
    }

    private static bool IsPlainFileName(string name, string extension)
        => name.EndsWith(extension, StringComparison.Ordinal) && name.Length <= 255
           && !name.StartsWith('.') && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}

/// <summary>Weights below one path of a checkpoint, such as <c>model.transformer.blocks.0</c>.</summary>
public sealed class WeightScope
{
    private readonly WeightStore _store;
    private readonly string _path;

    internal WeightScope(WeightStore store, string path) => (_store, _path) = (store, path);

    /// <summary>The path below this one.</summary>
    public WeightScope Scope(string name) => new(_store, PathOf(name));

    /// <summary>Whether a tensor of that name is stored.</summary>
    public bool Has(string name) => _store.Has(PathOf(name));

    /// <summary>A tensor of an expected shape.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another shape, or of a type that is not read as
    /// weights.</exception>
    public WeightTensor Tensor(string name, params long[] dimensions)
    {
        var path = PathOf(name);
        var expected = new Shape(dimensions);
        var tensor = _store.Find(path)
            ?? throw new ModelFormatException(_store.FileOf(path), path, $"is missing; expected {expected}.");
        if (tensor.Shape != expected)
            throw new ModelFormatException(_store.FileOf(path), path, $"expected {expected}, found {tensor.Shape}.");
        return tensor;
    }

    /// <summary>What to say of a tensor whose values a precision cannot hold.</summary>
    internal ModelFormatException Unfit(string name, WeightPrecision precision)
        => new(_store.FileOf(PathOf(name)), PathOf(name),
            $"holds a value that {precision.Name()} cannot express; weights of bfloat16 or float32 can.");

    /// <summary>The whole name of a tensor.</summary>
    internal string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
