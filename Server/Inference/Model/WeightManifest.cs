using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Model;

/// <summary>A tensor that a checkpoint must hold.</summary>
/// <param name="Name">As published.</param>
/// <param name="Dimensions">Outermost first.</param>
internal sealed record WeightSpec(string Name, params long[] Dimensions)
{
    public long Count => Dimensions.Aggregate(1L, (product, dimension) => product * dimension);
}

/// <summary>
/// Names and shapes of all weights of a network, so that a checkpoint can be checked from its headers alone.
/// </summary>
internal static class WeightManifest
{
    private static readonly string[] ExactMatrices =
        [".wte.new_embedding", ".mlp.gate.weight", ".pad_embed", ".positional_embedding", ".patch_embedding.weight"];

    public static IEnumerable<WeightSpec> Of(ModelConfig config) => Decoder(config).Concat(Vision(config));

    /// <summary>Weights in all.</summary>
    public static long CountOf(ModelConfig config) => Of(config).Sum(spec => spec.Count);

    /// <summary>Bytes of all weights in memory, the padding of panels left out.</summary>
    /// <param name="config">The network.</param>
    /// <param name="precision">Of the language model's large matrices.</param>
    /// <param name="vision">Of the picture encoder's.</param>
    public static long BytesOf(
        ModelConfig config, WeightPrecision precision, VisionPrecision vision = VisionPrecision.Auto)
        => Decoder(config).Sum(spec => BytesOf(spec, precision))
            + Vision(config).Sum(spec => BytesOf(spec, vision.With(precision, config.Family)));

    private static long BytesOf(WeightSpec spec, WeightPrecision precision)
        => IsExact(spec)
            ? spec.Count * sizeof(float)
            : spec.Dimensions[0] * (long)PackedFormat.Offset(precision, (int)spec.Dimensions[1])
                / PackedMatrix.PanelWidth;

    /// <summary>
    /// Weights that stay float32 in every precision: vectors, tables of a few rows, pixels' projection, experts'
    /// choice.
    /// </summary>
    private static bool IsExact(WeightSpec spec)
        => spec.Dimensions.Length == 1 || ExactMatrices.Any(name => spec.Name.EndsWith(name, StringComparison.Ordinal));

    private static IEnumerable<WeightSpec> Decoder(ModelConfig config)
    {
        const string root = "model.transformer";
        long width = config.HiddenSize, keyValues = config.KeyValueSize, inner = config.FeedForwardSize;
        var isMixture = config.Family == ModelFamily.Olmoe;
        yield return new($"{root}.wte.embedding", config.EmbeddingSize, width);
        if (config.AdditionalVocabularySize > 0)
            yield return new($"{root}.wte.new_embedding", config.AdditionalVocabularySize, width);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var block = $"{root}.blocks.{layer}";
            var attention = isMixture ? $"{block}.attn" : block;
            yield return new($"{attention}.attn_norm.weight", width);
            yield return new($"{attention}.att_proj.weight", width + (2 * keyValues), width);
            if (config.HasQkvBias) yield return new($"{attention}.att_proj.bias", width + (2 * keyValues));
            if (config.HasQkNorm) yield return new($"{attention}.q_norm.weight", width);
            if (config.HasQkNorm) yield return new($"{attention}.k_norm.weight", keyValues);
            yield return new($"{attention}.attn_out.weight", width, width);
            yield return new(isMixture ? $"{block}.mlp.ff_norm.weight" : $"{block}.ff_norm.weight", width);
            if (isMixture)
            {
                yield return new($"{block}.mlp.gate.weight", config.ExpertCount, width);
                for (var i = 0; i < config.ExpertCount; i++)
                {
                    var expert = $"{block}.mlp.experts.{i}";
                    yield return new($"{expert}.gate_proj.weight", inner, width);
                    yield return new($"{expert}.up_proj.weight", inner, width);
                    yield return new($"{expert}.down_proj.weight", width, inner);
                }
            }
            else
            {
                yield return new($"{block}.ff_proj.weight", 2 * inner, width);
                yield return new($"{block}.ff_out.weight", width, inner);
            }
        }

        yield return new($"{root}.ln_f.weight", width);
        yield return new(isMixture ? "lm_head.weight" : $"{root}.ff_out.weight", config.EmbeddingSize, width);
    }

    private static IEnumerable<WeightSpec> Vision(ModelConfig config)
    {
        const string root = "model.vision_backbone";
        var vision = config.Vision;
        long width = vision.Width, inner = vision.FeedForwardSize, features = vision.FeatureSize;
        yield return new($"{root}.pad_embed", 2, features);
        yield return new($"{root}.image_vit.class_embedding", width);
        yield return new($"{root}.image_vit.positional_embedding", vision.PositionCount, width);
        yield return new($"{root}.image_vit.patch_embedding.weight", width, vision.PatchLength);
        foreach (var spec in Biased("image_vit.pre_ln", width)) yield return spec;
        for (var layer = 0; layer < vision.LayerCount; layer++)
        {
            var block = $"image_vit.transformer.resblocks.{layer}";
            foreach (var name in (string[])["wq", "wk", "wv", "wo"])
                foreach (var spec in Biased($"{block}.attention.{name}", width, width)) yield return spec;
            foreach (var spec in Biased($"{block}.feed_forward.w1", inner, width)) yield return spec;
            foreach (var spec in Biased($"{block}.feed_forward.w2", width, inner)) yield return spec;
            foreach (var spec in Biased($"{block}.attention_norm", width)) yield return spec;
            foreach (var spec in Biased($"{block}.ffn_norm", width)) yield return spec;
        }

        foreach (var name in (string[])["wq", "wk", "wv"])
            foreach (var spec in Biased($"image_pooling_2d.{name}", width, features)) yield return spec;
        foreach (var spec in Biased("image_pooling_2d.wo", width, width)) yield return spec;
        yield return new($"{root}.image_projector.w1.weight", config.ProjectorSize, width);
        yield return new($"{root}.image_projector.w2.weight", config.HiddenSize, config.ProjectorSize);
        yield return new($"{root}.image_projector.w3.weight", config.ProjectorSize, width);

        static IEnumerable<WeightSpec> Biased(string name, params long[] dimensions)
            => [new($"{root}.{name}.weight", dimensions), new($"{root}.{name}.bias", dimensions[0])];
    }
}
