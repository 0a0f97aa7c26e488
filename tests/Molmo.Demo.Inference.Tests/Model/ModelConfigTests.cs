using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

public sealed class ModelConfigTests
{
    [Theory]
    [InlineData(PublishedConfigs.SevenBillionD, ModelFamily.Qwen2, 8_021_025_280)]
    [InlineData(PublishedConfigs.SevenBillionO, ModelFamily.Olmo, 7_665_032_192)]
    [InlineData(PublishedConfigs.SeventyTwoBillion, ModelFamily.Qwen2, 73_308_285_952)]
    [InlineData(PublishedConfigs.Mixture, ModelFamily.Olmoe, 7_221_875_712)]
    public void Load_PublishedConfig_HasThePublishedParameterCount(string json, ModelFamily family, long parameters)
    {
        var config = Load(json);
        Assert.Equal(family, config.Family);
        Assert.Equal(4096, config.MaxPositions);
        Assert.Equal(128, config.HeadSize);
        Assert.Equal(parameters, WeightManifest.CountOf(config));
    }

    [Theory]
    [InlineData(PublishedConfigs.SevenBillionD)]
    [InlineData(PublishedConfigs.SevenBillionO)]
    [InlineData(PublishedConfigs.SeventyTwoBillion)]
    [InlineData(PublishedConfigs.Mixture)]
    public void BytesOf_PublishedConfig_KeepsToTheBitsPromised(string json)
    {
        var config = Load(json);
        foreach (var (precision, bits) in ((WeightPrecision, double)[])[
            (WeightPrecision.Float32, 32), (WeightPrecision.BFloat16, 16), (WeightPrecision.Int8, 8.5),
            (WeightPrecision.Int4, 4.5)])
        {
            // What stays float32 is one weight in a thousand. The picture encoder does not go below int8, and beside
            // a mixture of integers not below float32.
            var autoBits = bits > 16 || (bits < 16 && config.Family == ModelFamily.Olmoe) ? 32 : Math.Max(bits, 8.5);
            var vision = WeightManifest.Of(config)
                .Where(spec => spec.Name.StartsWith("model.vision_backbone", StringComparison.Ordinal))
                .Sum(spec => spec.Count) / (double)WeightManifest.CountOf(config);
            foreach (var (choice, visionBits) in ((VisionPrecision, double)[])[
                (VisionPrecision.Auto, autoBits), (VisionPrecision.Exact, 32), (VisionPrecision.Int8, 8.5)])
            {
                var found = WeightManifest.BytesOf(config, precision, choice) * 8.0 / WeightManifest.CountOf(config);
                var expected = (bits * (1 - vision)) + (visionBits * vision);
                Assert.InRange(found, expected - 1e-6, expected + 0.035);
            }
        }
    }

    [Fact]
    public void Load_NoVisionFields_TakesThePublishedConstants()
    {
        var vision = Load(PublishedConfigs.SevenBillionD).Vision;
        Assert.Equal((336, 336, 14, 577, 1024, 16, 64, 4096, 23), (
            vision.ImageHeight, vision.ImageWidth, vision.PatchSide, vision.PositionCount, vision.Width,
            vision.HeadCount, vision.HeadSize,
            vision.FeedForwardSize, vision.LayerCount));
        Assert.Equal([21, 14], vision.TappedLayers);
        Assert.Equal(
            (576, 588, 144, 2048), (vision.PatchCount, vision.PatchLength, vision.TokensPerCrop, vision.FeatureSize));
    }

    [Fact]
    public void Load_NullKeyValueHeads_MeansOneAHead()
    {
        var config = Load(PublishedConfigs.SevenBillionO);
        Assert.Equal(32, config.KeyValueHeadCount);
        Assert.True(config.NormAfter && config.HasQkNorm && !config.HasQkvBias);
    }

    [Fact]
    public void Load_GoldenCheckpoints_ExpectExactlyTheStoredTensors()
    {
        foreach (var name in GoldenModelSet.Names())
        {
            var folder = Path.Combine(GoldenModelSet.Root, name);
            using var weights = WeightStore.Open(folder);
            var stored = weights.Files.SelectMany(file => file.Tensors.Values)
                .ToDictionary(entry => entry.Name, entry => entry.Shape.ToString());
            var expected = WeightManifest.Of(ModelConfig.Load(folder)).ToDictionary(
                spec => spec.Name, spec => new Molmo.Demo.Inference.Tensors.Shape(spec.Dimensions).ToString());
            Assert.Equal(stored.OrderBy(item => item.Key, StringComparer.Ordinal),
                expected.OrderBy(item => item.Key, StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("hidden_size", "0", "hidden_size: is 0; expected a whole number from 1")]
    [InlineData("hidden_size", "2147483648", "hidden_size: is 2147483648; expected")]
    [InlineData("hidden_size", "-64", "hidden_size: is -64")]
    [InlineData("hidden_size", "64.5", "hidden_size: is 64.5")]
    [InlineData("hidden_size", "\"64\"", "hidden_size: is \"64\"")]
    [InlineData("hidden_size", "null", "hidden_size: is missing")]
    [InlineData("hidden_size", "3585", "num_attention_heads: is 28, which does not divide")]
    [InlineData("intermediate_size", "37887", "must be even")]
    [InlineData("intermediate_size", "2147483647", "intermediate_size: is 2147483647")]
    [InlineData("num_attention_heads", "0", "num_attention_heads: is 0")]
    [InlineData("num_attention_heads", "4", "which makes heads of 896")]
    [InlineData("num_attention_heads", "512", "which makes heads of 7")]
    [InlineData("num_key_value_heads", "5", "num_key_value_heads: is 5, which does not divide 28")]
    [InlineData("num_key_value_heads", "56", "num_key_value_heads: is 56")]
    [InlineData("num_hidden_layers", "1000000", "num_hidden_layers: is 1000000")]
    [InlineData("vocab_size", "2147483647", "vocab_size: is 2147483647")]
    [InlineData("embedding_size", "100", "embedding_size: is 100, below vocab_size")]
    [InlineData("max_position_embeddings", "2147483647", "max_position_embeddings: is")]
    [InlineData("layer_norm_eps", "0", "layer_norm_eps: is 0; expected a number above 0")]
    [InlineData("layer_norm_eps", "1e999", "layer_norm_eps: is 1e999")]
    [InlineData("rope_theta", "-1", "rope_theta: is -1")]
    [InlineData("qkv_bias", "1", "qkv_bias: is 1; expected true or false")]
    [InlineData("model_type", "\"llama\"", "model_type: is \"llama\"; expected 'molmo'")]
    [InlineData("model_type", "null", "model_type: is missing; expected 'molmo'")]
    [InlineData("layer_norm_type", "\"default\"", "layer_norm_type: is \"default\"; expected 'rms'")]
    [InlineData("clip_qkv", "8.0", "clip_qkv: is 8.0; expected null")]
    [InlineData("weight_tying", "true", "weight_tying: is true; expected false")]
    [InlineData("vit_layers", "[-24, -9]", "vit_layers: is -24; expected")]
    [InlineData("vit_layers", "[]", "vit_layers: is []; expected a list")]
    [InlineData("vit_layers", "3", "vit_layers: is 3; expected a list")]
    [InlineData("image_pooling_h", "5", "image_pooling_h: is 5")]
    [InlineData("image_pooling_2d", "\"stack\"", "image_pooling_2d: is \"stack\"")]
    [InlineData("vision_backbone", "[]", "vision_backbone: is not a JSON object")]
    [InlineData("vision_backbone", "{\"image_emb_dim\": 0}", "vision_backbone.image_emb_dim: is 0")]
    [InlineData("vision_backbone", "{\"image_head_dim\": 32}", "vision_backbone.image_head_dim: is 32")]
    [InlineData(
        "vision_backbone", "{\"image_patch_size\": 13}",
        "vision_backbone.image_patch_size: is 13, which does not divide")]
    [InlineData("vision_backbone", "{\"image_default_input_size\": [336]}", "image_default_input_size: has 1 numbers")]
    [InlineData("vision_backbone", "{\"image_num_key_value_heads\": 4}", "grouped heads")]
    [InlineData("vision_backbone", "{\"image_mlp_activations\": \"gelu\"}", "image_mlp_activations: is \"gelu\"")]
    public void Load_DenseFieldOutOfBounds_NamesFieldAndExpectation(string field, string value, string sentence)
        => AssertRefused(PublishedConfigs.SevenBillionD, field, value, sentence);

    [Theory]
    [InlineData("d_model", "0", "d_model: is 0")]
    [InlineData("block_type", "\"sequential\"", "block_type: is \"sequential\"; expected 'moe'")]
    [InlineData("moe_num_experts", "null", "moe_num_experts: is missing")]
    [InlineData("moe_top_k", "65", "moe_top_k: is 65; expected a whole number from 1 to 64")]
    [InlineData("moe_shared_expert", "true", "moe_shared_expert: is true")]
    [InlineData("rope_impl", "\"interleave\"", "rope_impl: is \"interleave\"")]
    [InlineData("mlp_ratio", "1000", "mlp_ratio: is 1000")]
    [InlineData("norm_after", "true", "norm_after: is true")]
    public void Load_MixtureFieldOutOfBounds_NamesFieldAndExpectation(string field, string value, string sentence)
        => AssertRefused(PublishedConfigs.Mixture, field, value, sentence);

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{\"model_type\":\"\\ud800\"}", "not valid Unicode")]
    public void Load_BrokenFile_SaysSo(string json, string sentence)
        => Assert.Contains(
            sentence, Assert.Throws<ModelFormatException>(() => Load(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_NoFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("config.json: the file is missing",
            Assert.Throws<ModelFormatException>(() => ModelConfig.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string json, string field, string value, string sentence)
    {
        // As text, because some of these values are no numbers that a JSON library would write.
        var others = JsonNode.Parse(json)!.AsObject()
            .Where(item => item.Key != field).Select(item => $"\"{item.Key}\":{item.Value?.ToJsonString() ?? "null"}");
        var refusal =
            Assert.Throws<ModelFormatException>(() => Load($"{{{string.Join(',', others)},\"{field}\":{value}}}"));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(ModelConfig.FileName, refusal.File, StringComparison.Ordinal);
    }

    private static ModelConfig Load(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(ModelConfig.FileName), json);
        return ModelConfig.Load(folder.Path);
    }
}
