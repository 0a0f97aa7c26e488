using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>What of a published checkpoint can be had without its weights: shapes, ids and the form of its files.</summary>
internal sealed record PublishedModel
{
    private const string DenseGeneration = """{"_from_model_config": true}""";

    public static readonly IReadOnlyList<PublishedModel> All =
    [
        new()
        {
            Name = "Molmo-7B-D-0924", Config = PublishedConfig.SevenBillionD, LayerField = "num_hidden_layers",
            EndOfText = 151643, Split = SplitPattern.SingleDigits, Composes = true, TokenizerClass = "Qwen2Tokenizer",
        },
        new()
        {
            Name = "Molmo-7B-O-0924", Config = PublishedConfig.SevenBillionO, LayerField = "num_hidden_layers",
            EndOfText = 100257, Split = SplitPattern.DigitGroups, Composes = false, TokenizerClass = "GPT2Tokenizer",
        },
        new()
        {
            Name = "Molmo-72B-0924", Config = PublishedConfig.SeventyTwoBillion, LayerField = "num_hidden_layers",
            EndOfText = 151643, Split = SplitPattern.SingleDigits, Composes = true, TokenizerClass = "Qwen2Tokenizer",
        },
        new()
        {
            Name = "MolmoE-1B-0924", Config = PublishedConfig.Mixture, LayerField = "n_layers",
            EndOfText = 50279, Split = SplitPattern.SpacedWords, Composes = true, TokenizerClass = "GPTNeoXTokenizer",
            Generation = """{"_from_model_config": true, "eos_token_id": 50279, "pad_token_id": 1}""", IsTorchFile = true,
        },
    ];

    public required string Name { get; init; }

    /// <summary>Of <c>config.json</c>.</summary>
    public required string Config { get; init; }

    /// <summary>The field of the configuration that counts the layers of the language model.</summary>
    public required string LayerField { get; init; }

    /// <summary>Id of the token that begins prompts and ends answers.</summary>
    public required int EndOfText { get; init; }

    public required SplitPattern Split { get; init; }

    /// <summary>Whether the tokenizer brings text to form C.</summary>
    public required bool Composes { get; init; }

    public required string TokenizerClass { get; init; }

    /// <summary>Of <c>generation_config.json</c>.</summary>
    public string Generation { get; init; } = DenseGeneration;

    /// <summary>Of <c>preprocessor_config.json</c>.</summary>
    public string Preprocessor { get; init; } = PublishedConfig.Preprocessor;

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
}
