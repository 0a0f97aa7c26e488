using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// A checkpoint of a published one's shapes and file forms with random weights, so that loading, memory and speed can
/// be tried without the real one. What it answers has no meaning.
/// </summary>
internal sealed class SyntheticCheckpoint
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly PublishedModel _model;
    private readonly WeightSpec[] _specs;
    private readonly WeightFill _fill;

    internal SyntheticCheckpoint(PublishedModel model, long seed)
        : this(model, new RandomWeights(seed).Fill)
    {
    }

    internal SyntheticCheckpoint(PublishedModel model, WeightFill fill)
    {
        _model = model;
        _fill = fill;
        _specs = [.. WeightManifest.Of(model.Network)];
        Length = _specs.Sum(WeightWriter.LengthOf);
    }

    /// <summary>The published checkpoints.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. PublishedModel.All.Select(model => model.Name)];

    public string Name => _model.Name;

    /// <summary>Layers of the language model; the vision transformer always has all of its own.</summary>
    public int LayerCount => _model.LayerCount;

    /// <summary>Bytes of all weights; the other files take some megabytes more.</summary>
    public long Length { get; }

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>Layers of the published language model.</returns>
    public static int PublishedLayerCount(string name) => Find(name).LayerCount;

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="layers">Layers of the language model, from 1; null for as many as are published.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static SyntheticCheckpoint Like(string name, int? layers, long seed)
    {
        var model = Find(name);
        return new SyntheticCheckpoint(layers is { } count ? model.WithLayers(count) : model, seed);
    }

    /// <summary>Writes all files. Takes a few megabytes of memory, whatever the size.</summary>
    /// <param name="folder">An existing folder. What was written stays there when this throws.</param>
    /// <param name="written">Takes the bytes of weights written since the last time.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(string folder, Action<long>? written, CancellationToken cancellationToken)
    {
        WriteJson(ModelConfig.FileName, _model.Config);
        WriteJson(PreprocessorConfig.FileName, _model.Preprocessor);
        WriteJson("generation_config.json", _model.Generation);
        var settings = new JsonObject
        {
            ["tokenizer_class"] = _model.TokenizerClass,
            ["eos_token"] = "<|endoftext|>",
            ["bos_token"] = null,
            ["add_prefix_space"] = false,
            ["clean_up_tokenization_spaces"] = false,
            ["processor_class"] = "MolmoProcessor",
        };
        WriteJson("tokenizer_config.json", settings.ToJsonString());
        SyntheticTokenizer.Write(Path.Combine(folder, "tokenizer.json"), _model, _model.Network.VocabularySize);

        var writer = new WeightWriter(_fill, written, cancellationToken);
        if (_model.IsTorchFile) writer.WriteTorchFile(folder, _specs);
        else writer.WriteShards(folder, _specs, _model.ShardLength);

        void WriteJson(string name, string json)
            => File.WriteAllText(Path.Combine(folder, name), JsonNode.Parse(json)!.ToJsonString(Indented));
    }

    private static PublishedModel Find(string name)
        => PublishedModel.All.FirstOrDefault(model => model.Name == name)
            ?? throw new ArgumentException($"There is no published checkpoint {name}.", nameof(name));
}

/// <summary>
/// Random weights that depend on the seed, the tensor's name and the place in it alone. Matrices are scaled by their
/// inputs and norms lie around one, so that activations keep their size through any number of layers.
/// </summary>
internal sealed class RandomWeights(long seed)
{
    /// <summary>Fills a part of a tensor.</summary>
    /// <param name="spec">The tensor.</param>
    /// <param name="start">First element; even, as two are drawn at a time.</param>
    /// <param name="destination">As many as it holds.</param>
    public void Fill(WeightSpec spec, long start, Span<float> destination)
    {
        var (centre, deviation) = Spread(spec);
        // Of numbers spread evenly over an interval, the deviation is its half width over the root of three.
        var scale = deviation * MathF.Sqrt(3) / (1 << 23);
        var state = SplitMix.Finish((ulong)seed ^ Hash(spec.Name)) + ((ulong)(start / 2) * SplitMix.Step);
        for (var i = 0; i < destination.Length; i += 2)
        {
            state += SplitMix.Step;
            var bits = SplitMix.Finish(state);
            destination[i] = centre + (((int)(bits & 0xFFFFFF) - (1 << 23)) * scale);
            if (i + 1 < destination.Length) destination[i + 1] = centre + (((int)(bits >> 40) - (1 << 23)) * scale);
        }
    }

    private static (float Centre, float Deviation) Spread(WeightSpec spec)
    {
        var name = spec.Name;
        if (name.EndsWith("embedding", StringComparison.Ordinal)
            || name.EndsWith("pad_embed", StringComparison.Ordinal))
            return (0, name.Contains(".wte.", StringComparison.Ordinal) ? 0.7f : 0.1f);
        if (name.EndsWith(".bias", StringComparison.Ordinal)) return (0, 0.05f);
        return spec.Dimensions.Length == 1 ? (1, 0.1f) : (0, 1 / MathF.Sqrt(spec.Dimensions[^1]));
    }

    /// <summary>FNV-1a.</summary>
    private static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var character in text) hash = (hash ^ character) * 0x100000001B3;
        return hash;
    }
}
