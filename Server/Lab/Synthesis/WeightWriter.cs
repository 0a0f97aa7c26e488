using System.Buffers.Binary;
using System.IO.Compression;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>Gives the values of a part of a tensor.</summary>
/// <param name="spec">The tensor.</param>
/// <param name="start">First element; even.</param>
/// <param name="destination">As many as it holds.</param>
internal delegate void WeightFill(WeightSpec spec, long start, Span<float> destination);

/// <summary>
/// Writes float32 tensors in the published file forms, a piece at a time: memory stays small however large they are.
/// </summary>
/// <param name="fill">Gives the values.</param>
/// <param name="written">Takes the bytes written since the last time.</param>
/// <param name="cancellationToken">Ends the writing.</param>
internal sealed class WeightWriter(WeightFill fill, Action<long>? written, CancellationToken cancellationToken)
{
    private const int PieceLength = 1 << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly float[] _piece = new float[PieceLength];

    public static long LengthOf(WeightSpec spec)
        => spec.Dimensions.Aggregate((long)sizeof(float), (product, dimension) => product * dimension);

    /// <summary>Shards with their index.</summary>
    public void WriteShards(string folder, IEnumerable<WeightSpec> specs, long shardLength)
    {
        var shards = Divide(specs, shardLength);
        var places = new Dictionary<string, string>();
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            WriteSafetensors(Path.Combine(folder, name), shards[i]);
            foreach (var spec in shards[i]) places.Add(spec.Name, name);
        }

        using var index = File.Create(Path.Combine(folder, WeightStore.IndexFile));
        var length = shards.SelectMany(shard => shard).Sum(LengthOf);
        JsonSerializer.Serialize(index, new { metadata = new { total_size = length }, weight_map = places }, Indented);
    }

    /// <summary>A zip of a pickle, as torch writes it.</summary>
    public void WriteTorchFile(string folder, IReadOnlyList<WeightSpec> specs)
    {
        const string root = "pytorch_model";
        using var zip = new ZipArchive(
            File.Create(Path.Combine(folder, WeightStore.TorchSingleFile)), ZipArchiveMode.Create);
        Add("data.pkl", TensorPickle.Write(specs));
        Add("byteorder", "little"u8);
        for (var i = 0; i < specs.Count; i++)
        {
            using var entry = Create($"data/{i}");
            WriteTensor(entry, specs[i]);
        }

        Add("version", "3\n"u8);

        Stream Create(string name)
        {
            var entry = zip.CreateEntry($"{root}/{name}", CompressionLevel.NoCompression);
            // Not the time of writing: the same seed gives the same bytes, and so the same revision.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            return entry.Open();
        }

        void Add(string name, ReadOnlySpan<byte> content)
        {
            using var entry = Create(name);
            entry.Write(content);
        }
    }

    private static List<List<WeightSpec>> Divide(IEnumerable<WeightSpec> specs, long shardLength)
    {
        List<List<WeightSpec>> shards = [];
        var room = 0L;
        foreach (var spec in specs)
        {
            var length = LengthOf(spec);
            if (shards.Count == 0 || length > room)
            {
                shards.Add([]);
                room = shardLength;
            }

            shards[^1].Add(spec);
            room -= length;
        }

        return shards;
    }

    /// <summary>One file of safetensors.</summary>
    public void WriteSafetensors(string path, IReadOnlyList<WeightSpec> specs)
    {
        var header = new Dictionary<string, object> { ["__metadata__"] = new { format = "pt" } };
        var offset = 0L;
        foreach (var spec in specs)
        {
            long[] range = [offset, offset += LengthOf(spec)];
            header.Add(spec.Name, new { dtype = "F32", shape = spec.Dimensions, data_offsets = range });
        }

        using var json = new MemoryStream();
        JsonSerializer.Serialize(json, header);
        // Spaces behind the header bring the numbers to an address that all their readers like.
        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        json.WriteTo(file);
        foreach (var spec in specs) WriteTensor(file, spec);
    }

    private void WriteTensor(Stream file, WeightSpec spec)
    {
        var count = LengthOf(spec) / sizeof(float);
        for (var start = 0L; start < count; start += PieceLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = _piece.AsSpan(0, (int)Math.Min(PieceLength, count - start));
            fill(spec, start, piece);
            file.Write(MemoryMarshal.AsBytes(piece));
            written?.Invoke((long)piece.Length * sizeof(float));
        }
    }
}
