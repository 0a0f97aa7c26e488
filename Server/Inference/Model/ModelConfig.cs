using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Model;

/// <summary>The language models that Molmo was published on.</summary>
public enum ModelFamily
{
    /// <summary>Molmo-7B-D and Molmo-72B: norm before, biased projections, grouped key/value heads.</summary>
    Qwen2,

    /// <summary>Molmo-7B-O: norm after, normed queries and keys.</summary>
    Olmo,

    /// <summary>MolmoE-1B: a mixture of experts, with field and tensor names of its own.</summary>
    Olmoe,
}

/// <summary>
/// What <c>config.json</c> says of the network, in one vocabulary for both of its published dialects.
/// </summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";

    internal const int MaxWidth = 1 << 18;
    internal const int MaxLayers = 1024;

    private const long MaxFileLength = 1_000_000;
    private const int MaxVocabulary = 1 << 22;
    private const int MaxPositionsSupported = 1 << 17;

    public required ModelFamily Family { get; init; }

    /// <summary>Residual stream.</summary>
    public required int HiddenSize { get; init; }

    public required int LayerCount { get; init; }

    public required int HeadCount { get; init; }

    /// <summary>Key/value heads; divides the heads.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Floats a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Inner width of a feed-forward layer, or of one expert: half of the fused projection.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Inner width of the connector's projector.</summary>
    public required int ProjectorSize { get; init; }

    /// <summary>Ids of the tokenizer before Molmo's own; the first special id.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Rows of the embedding table, and logits.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Rows of the second embedding table, which follow the first.</summary>
    public required int AdditionalVocabularySize { get; init; }

    /// <summary>Positions of a sequence.</summary>
    public required int MaxPositions { get; init; }

    public required float NormEpsilon { get; init; }

    public required float RopeTheta { get; init; }

    /// <summary>Whether the projections to queries, keys and values have biases.</summary>
    public required bool HasQkvBias { get; init; }

    /// <summary>Whether norms follow attention and feed-forward instead of preceding them.</summary>
    public required bool NormAfter { get; init; }

    /// <summary>Whether queries and keys are normed over their whole width.</summary>
    public required bool HasQkNorm { get; init; }

    /// <summary>Experts a layer; 0 for a dense model.</summary>
    public int ExpertCount { get; init; }

    /// <summary>Experts that each token is sent to.</summary>
    public int ExpertsPerToken { get; init; }

    public required VisionConfig Vision { get; init; }

    /// <summary>Floats of all keys, or values, of a position.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    /// <exception cref="ModelFormatException">The file is missing, broken, or describes something else than a Molmo
    /// network.</exception>
    public static ModelConfig Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        return ModelFile.ReadJson(file, MaxFileLength, root => Read(root, file));
    }

    /// <param name="root">What the file holds.</param>
    /// <param name="file">Path, for messages.</param>
    internal static ModelConfig Read(JsonElement root, string file)
    {
        var fields = new ConfigFields(root, file);
        if (!fields.Has("model_type")) throw fields.Wrong("model_type", "is missing; expected 'molmo'.");
        fields.Expect("model_type", "molmo");
        var config = fields.Has("d_model") ? ReadMixture(fields) : ReadDense(fields);
        fields.Expect("layer_norm_type", "rms");
        fields.Expect("use_position_ids", true);
        fields.Expect("weight_tying", false);
        fields.Expect("tie_word_embeddings", false);
        fields.ExpectNull("clip_qkv");
        return config;
    }

    /// <summary>The dialect of Molmo-7B-D, Molmo-7B-O and Molmo-72B.</summary>
    private static ModelConfig ReadDense(ConfigFields fields)
    {
        var hiddenSize = fields.Integer("hidden_size", 1, MaxWidth);
        var fused = fields.Integer("intermediate_size", 2, MaxWidth);
        if (fused % 2 != 0)
            throw fields.Wrong("intermediate_size", $"is {fused}; it holds two equal halves and must be even.");
        var normAfter = fields.Flag("norm_after", false);
        return Shared(fields, hiddenSize, fused / 2, "num_attention_heads", "num_key_value_heads", "num_hidden_layers")
            with
        {
            Family = normAfter ? ModelFamily.Olmo : ModelFamily.Qwen2,
            NormAfter = normAfter,
            MaxPositions = fields.Integer("max_position_embeddings", 1, MaxPositionsSupported),
        };
    }

    /// <summary>The dialect of MolmoE-1B.</summary>
    private static ModelConfig ReadMixture(ConfigFields fields)
    {
        fields.Expect("block_type", "moe");
        fields.Expect("activation_type", "swiglu");
        fields.Expect("norm_after", false);
        fields.Expect("rope", true);
        fields.Expect("rope_impl", "llama");
        fields.Expect("alibi", false);
        fields.Expect("include_bias", false);
        fields.Expect("bias_for_layer_norm", false);
        fields.Expect("moe_shared_expert", false);
        fields.Expect("moe_interleave", false);
        fields.Expect("moe_dropless", true);
        fields.Expect("scale_logits", false);
        fields.Expect("normalize_input_embeds", false);
        fields.ExpectNull("attn_logit_softcapping");
        fields.ExpectNull("final_logit_softcapping");
        if (fields.Flag("multi_query_attention", false))
            throw fields.Wrong("multi_query_attention", "is true; expected null.");

        var hiddenSize = fields.Integer("d_model", 1, MaxWidth);
        var fused = fields.Has("mlp_hidden_size")
            ? fields.Integer("mlp_hidden_size", 2, MaxWidth)
            : Math.Min((long)hiddenSize * fields.Integer("mlp_ratio", 1, 64), MaxWidth) is var product
                && product % 2 == 0
                ? (int)product
                : throw fields.Wrong("mlp_ratio", "gives an odd width of the feed-forward layer.");
        var experts = fields.Integer("moe_num_experts", 1, 4096);
        return Shared(fields, hiddenSize, fused / 2, "n_heads", "n_kv_heads", "n_layers") with
        {
            Family = ModelFamily.Olmoe,
            ExpertCount = experts,
            ExpertsPerToken = fields.Integer("moe_top_k", 1, experts),
            // The table is longer than what the model was trained on.
            MaxPositions = fields.Integer("max_sequence_length", 1, MaxPositionsSupported, 4096),
        };
    }

    private static ModelConfig Shared(
        ConfigFields fields, int hiddenSize, int feedForwardSize, string headField, string keyValueField,
        string layerField)
    {
        var heads = fields.Integer(headField, 1, 4096);
        var keyValueHeads = fields.Integer(keyValueField, 1, heads, missing: heads);
        if (hiddenSize % heads != 0)
            throw fields.Wrong(headField, $"is {heads}, which does not divide the hidden size {hiddenSize}.");
        if (heads % keyValueHeads != 0)
            throw fields.Wrong(keyValueField, $"is {keyValueHeads}, which does not divide {heads} heads.");
        var headSize = hiddenSize / heads;
        if (headSize % 2 != 0 || headSize > Attention.MaxHeadSize)
            throw fields.Wrong(headField,
                $"is {heads}, which makes heads of {headSize}; expected an even size up to {Attention.MaxHeadSize}.");
        var vocabularySize = fields.Integer("vocab_size", 1, MaxVocabulary);
        var embeddingSize = fields.Integer("embedding_size", 1, MaxVocabulary, missing: vocabularySize);
        if (embeddingSize < vocabularySize)
            throw fields.Wrong("embedding_size", $"is {embeddingSize}, below vocab_size {vocabularySize}.");
        return new ModelConfig
        {
            Family = ModelFamily.Qwen2,
            HiddenSize = hiddenSize,
            LayerCount = fields.Integer(layerField, 1, MaxLayers),
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            FeedForwardSize = feedForwardSize,
            ProjectorSize = feedForwardSize,
            VocabularySize = vocabularySize,
            EmbeddingSize = embeddingSize,
            AdditionalVocabularySize = fields.Integer("additional_vocab_size", 0, MaxVocabulary, missing: 128),
            MaxPositions = 1,
            NormEpsilon = fields.Positive("layer_norm_eps"),
            RopeTheta = fields.Positive("rope_theta"),
            HasQkvBias = fields.Flag("qkv_bias", false),
            NormAfter = false,
            HasQkNorm = fields.Flag("attention_layer_norm", false),
            Vision = VisionConfig.Read(fields),
        };
    }
}
