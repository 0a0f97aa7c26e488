using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Synthesis;

public sealed class SyntheticCheckpointTests
{
    public static TheoryData<string> Names => [.. SyntheticCheckpoint.Names];

    /// <summary>The published names and forms at widths that a test can afford.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Write_ReducedShapes_OpensAndAnswersWithFiniteNumbers(string name)
    {
        using var folder = new TemporaryFolder();
        var model = Reduced(name);
        new SyntheticCheckpoint(model, 1).Write(folder.Path, null, TestContext.Current.CancellationToken);

        var checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(2, checkpoint.Config.LayerCount);
        Assert.Equal((400, 300), (checkpoint.Special.ImageStart, checkpoint.Special.Bos));
        Assert.Contains(300, checkpoint.EndTokenIds);
        Assert.Equal(405, checkpoint.Tokenizer.Count);
        Assert.Equal("Hi, 12!", checkpoint.Tokenizer.Decode(checkpoint.Tokenizer.Encode("Hi, 12!"), skipSpecial: true));
        Assert.Equal(2, checkpoint.Tokenizer.Decode([299, 301], skipSpecial: true)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);

        using var runner =
            ManagedModelRunner.Load(checkpoint, new RunnerSettings(64, 2), null, TestContext.Current.CancellationToken);
        var driver = new RunnerDriver(runner);
        var logits = driver.Forward(driver.Begin(new([300, 72, 105], null)));
        Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
        Assert.InRange(logits.Max(MathF.Abs), 0.1f, 100);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_FileForms_AreThePublishedOnes(string name)
    {
        using var folder = new TemporaryFolder();
        var model = Reduced(name);
        var checkpoint = new SyntheticCheckpoint(model, 1);
        checkpoint.Write(folder.Path, null, TestContext.Current.CancellationToken);
        var files = Directory.EnumerateFiles(folder.Path)
            .Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).ToArray();
        string[] weights = model.IsTorchFile
            ? ["pytorch_model.bin"]
            : [.. Enumerable.Range(1, files.Count(file => file.EndsWith(".safetensors", StringComparison.Ordinal)))
                .Select(i => $"model-{i:D5}-of-"
                    + $"{files.Count(file => file.EndsWith(".safetensors", StringComparison.Ordinal)):D5}.safetensors"),
                "model.safetensors.index.json"];
        Assert.Equal(
            [.. weights.Concat(["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json",
                "tokenizer_config.json"])
                .Order(StringComparer.Ordinal)],
            files);

        using var store = WeightStore.Open(folder.Path);
        Assert.Equal(checkpoint.Length, store.StoredLength);
        var stored = store.Files.SelectMany(file => file.Tensors.Values)
            .ToDictionary(entry => entry.Name, entry => entry.Shape.ToString());
        Assert.Equal(
            WeightManifest.Of(model.Network).ToDictionary(
                spec => spec.Name, spec => new Molmo.Demo.Inference.Tensors.Shape(spec.Dimensions).ToString())
                .OrderBy(item => item.Key, StringComparer.Ordinal),
            stored.OrderBy(item => item.Key, StringComparer.Ordinal));
        if (model.IsTorchFile) return;
        Assert.True(store.Files.Count > 1, "One shard proves no index.");
        Assert.All(store.Files, file =>
            Assert.True(file.DataLength <= model.ShardLength || file.Tensors.Count == 1, "A shard is too long."));
        using var index = JsonDocument.Parse(File.ReadAllBytes(folder.File("model.safetensors.index.json")));
        Assert.Equal(checkpoint.Length, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
    }

    [Fact]
    public void Write_SameSeed_IsTheSameAndAnotherIsNot()
    {
        Assert.Equal(Revision(7), Revision(7));
        Assert.NotEqual(Revision(7), Revision(8));

        static string Revision(long seed)
        {
            using var folder = new TemporaryFolder();
            new SyntheticCheckpoint(Reduced("MolmoE-1B-0924"), seed)
                .Write(folder.Path, null, TestContext.Current.CancellationToken);
            return Checkpoint.Open(folder.Path).Revision;
        }
    }

    [Theory]
    [InlineData("Molmo-7B-D-0924", 28, 8_021_025_280)]
    [InlineData("Molmo-7B-O-0924", 32, 7_665_032_192)]
    [InlineData("Molmo-72B-0924", 80, 73_308_285_952)]
    [InlineData("MolmoE-1B-0924", 16, 7_221_875_712)]
    public void Like_PublishedName_HasThePublishedSize(string name, int layers, long parameters)
    {
        Assert.Equal(layers, SyntheticCheckpoint.PublishedLayerCount(name));
        Assert.Equal(parameters * sizeof(float), SyntheticCheckpoint.Like(name, null, 0).Length);
        var one = SyntheticCheckpoint.Like(name, 1, 0);
        Assert.Equal(1, one.LayerCount);
        Assert.True(one.Length < parameters * sizeof(float), "One layer is as large as all.");
    }

    [Fact]
    public void Fill_InPieces_IsTheSameAndSpreadsAsStated()
    {
        var weights = new RandomWeights(3);
        var spec = new WeightSpec("model.a.weight", 1000, 64);
        var whole = new float[64_000];
        weights.Fill(spec, 0, whole);
        var part = new float[101];
        weights.Fill(spec, 5000, part);
        Assert.Equal(whole[5000..5101], part);
        Assert.Equal(0, whole.Average(), 0.005);
        Assert.Equal(1 / 64.0, whole.Average(value => value * value), 0.0005);
        weights.Fill(new WeightSpec("model.b.weight", 1000, 64), 0, part);
        Assert.NotEqual(whole[..101], part);
        weights.Fill(new WeightSpec("model.norm.weight", 64), 0, part);
        Assert.All(part, value => Assert.InRange(value, 0.8f, 1.2f));
    }

    private static PublishedModel Reduced(string name)
    {
        var published = PublishedModel.All.First(model => model.Name == name).WithLayers(2);
        var config = JsonNode.Parse(published.Config)!.AsObject();
        (string Field, JsonNode Value)[] sizes = published.IsTorchFile
            ? [("d_model", 64), ("n_heads", 4), ("moe_num_experts", 8), ("moe_top_k", 2)]
            : [("hidden_size", 64), ("intermediate_size", 128), ("num_attention_heads", 4), ("num_key_value_heads", 2)];
        foreach (var (field, value) in sizes) config[field] = value;
        if (name.Contains("7B-O", StringComparison.Ordinal)) config["num_key_value_heads"] = null;
        config["vocab_size"] = 400;
        config["embedding_size"] = 408;
        config["vit_layers"] = new JsonArray(-1, -2);
        config["vision_backbone"] = JsonNode.Parse(
            """
            {"image_default_input_size": [112, 112], "image_emb_dim": 48, "image_head_dim": 12, "image_mlp_dim": 96,
             "image_num_heads": 4, "image_num_layers": 2, "image_num_pos": 65}
            """);
        var preprocessor = JsonNode.Parse(published.Preprocessor)!.AsObject();
        preprocessor["base_image_input_size"] = new JsonArray(112, 112);
        preprocessor["image_token_length_h"] = 4;
        preprocessor["image_token_length_w"] = 4;
        preprocessor["overlap_margins"] = new JsonArray(2, 2);
        return published with
        {
            Config = config.ToJsonString(),
            Preprocessor = preprocessor.ToJsonString(),
            Generation = published.Generation.Replace("50279", "300", StringComparison.Ordinal),
            EndOfText = 300,
            ShardLength = 200_000,
        };
    }
}
