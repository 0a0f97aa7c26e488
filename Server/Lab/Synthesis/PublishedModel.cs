using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// What of a published checkpoint can be had without its weights: shapes, ids and the form of its files.
/// </summary>
/// <remarks>The files below Published hold what the configurations say of the network: facts of the
/// checkpoints.</remarks>
/// <param name="Name">As published.</param>
/// <param name="LayerField">The field of the configuration that counts the layers of the language model.</param>
/// <param name="EndOfText">Id of the token that begins prompts and ends answers.</param>
/// <param name="Split">How the tokenizer cuts text into words.</param>
/// <param name="Composes">Whether the tokenizer brings text to form C.</param>
/// <param name="TokenizerClass">Of <c>tokenizer_config.json</c>.</param>
internal sealed record PublishedModel(
    string Name, string LayerField, int EndOfText, SplitPattern Split, bool Composes, string TokenizerClass)
{
    public static readonly IReadOnlyList<PublishedModel> All =
    [
        new("Molmo-7B-D-0924", "num_hidden_layers", 151643, SplitPattern.SingleDigits, true, "Qwen2Tokenizer"),
        new("Molmo-7B-O-0924", "num_hidden_layers", 100257, SplitPattern.DigitGroups, false, "GPT2Tokenizer"),
        new("Molmo-72B-0924", "num_hidden_layers", 151643, SplitPattern.SingleDigits, true, "Qwen2Tokenizer"),
        new("MolmoE-1B-0924", "n_layers", 50279, SplitPattern.SpacedWords, true, "GPTNeoXTokenizer")
        {
            Generation = """{"_from_model_config": true, "eos_token_id": 50279, "pad_token_id": 1}""",
            IsTorchFile = true,
        },
    ];

    /// <summary>Of <c>config.json</c>.</summary>
    public string Config { get; init; } = Read(Name);

    /// <summary>Of <c>generation_config.json</c>.</summary>
    public string Generation { get; init; } = """{"_from_model_config": true}""";

    /// <summary>Of <c>preprocessor_config.json</c>.</summary>
    public string Preprocessor { get; init; } = Read("preprocessor_config");

    /// <summary>Whether the weights are one file of torch; else they are shards of safetensors.</summary>
    public bool IsTorchFile { get; init; }

    /// <summary>Bytes of tensors that a shard takes at most, unless one tensor alone is longer.</summary>
    public long ShardLength { get; init; } = 5_000_000_000;

    /// <summary>Layers of the language model.</summary>
    public int LayerCount => Network.LayerCount;

    public ModelConfig Network
    {
        get
        {
            using var json = JsonDocument.Parse(Config);
            return ModelConfig.Read(json.RootElement, ModelConfig.FileName);
        }
    }

    /// <summary>The same with fewer layers, or more.</summary>
    public PublishedModel WithLayers(int count)
    {
        var config = JsonNode.Parse(Config)!.AsObject();
        config[LayerField] = count;
        return this with { Config = config.ToJsonString() };
    }

    private static string Read(string name)
    {
        using var file = typeof(PublishedModel).Assembly.GetManifestResourceStream($"Published/{name}.json")!;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
