using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// A checkpoint of a published one's shapes and file forms with random weights, so that loading, memory and speed can be
/// tried without the real one. What it answers has no meaning.
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

        void WriteJson(string name, string json) => File.WriteAllText(Path.Combine(folder, name), JsonNode.Parse(json)!.ToJsonString(Indented));
    }

    private static PublishedModel Find(string name)
        => PublishedModel.All.FirstOrDefault(model => model.Name == name) ?? throw new ArgumentException($"There is no published checkpoint {name}.", nameof(name));
}
