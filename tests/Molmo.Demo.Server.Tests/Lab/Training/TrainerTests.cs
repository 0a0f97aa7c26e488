using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;
using static TorchSharp.torch;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>A toy of two layers, trained, cut, gone on with and asked.</summary>
[Collection(TrainingData.OneAtATime)]
public sealed class TrainerTests
{
    private const int Steps = 24;

    public TrainerTests() => LibTorch.Load(TestData.LibTorch);

    [Fact]
    public void Run_CutAndGoneOnWith_EndsWithTheSameWeightsBitForBit()
    {
        using var folder = new TemporaryFolder();
        var whole = Run(folder, "whole", null);
        Assert.True(whole.Finished);
        Assert.Equal(Steps, whole.Losses.Count);
        Assert.False(Run(folder, "cut", 5).Finished);
        Assert.False(Run(folder, "cut", 11).Finished);
        Assert.True(Run(folder, "cut", null).Finished);
        Assert.Equal(Weights(folder, "whole"), Weights(folder, "cut"));

        // A network that knows nothing: the log of the vocabulary. After 24 steps it knows how answers are written.
        var losses = whole.Losses.Select(loss => loss.Answers).ToList();
        Assert.InRange(losses[0], 6.3, 7.2);
        Assert.InRange(losses.TakeLast(4).Average(), 1.28, 1.44);
        Assert.True(whole.Losses[^1].Patches.Loss < whole.Losses[0].Patches.Loss, "What patches show was not learned.");
        Assert.Equal(Steps, File.ReadLines(folder.Combine("cut/curves.csv")).Skip(1)
            .Select(line => int.Parse(line.Split(',')[1], CultureInfo.InvariantCulture)).Max());
        Assert.StartsWith("<svg", File.ReadAllText(folder.Combine("cut/curves.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WhereAnotherIsAtWork_ChangesNothing()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Combine("out"));
        using (File.Open(folder.Combine("out/lock"), FileMode.Create, FileAccess.Write, FileShare.None))
            Assert.Contains(
                "Another training is at work",
                Assert.Throws<CommandException>(() => Run(folder, "out", 1)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Combine("out/state.bin")));
        Assert.Single(Run(folder, "out", 1).Losses);
    }

    [Fact]
    public async Task Evaluate_OfATrainedToy_AnswersEveryQuestion()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "out", 2);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await LabProgram.RunAsync(
            ["evaluate", TestData.Samples, "--limit", "1", "--model", folder.Combine("out/checkpoint"), "--json"],
            output, error);
        Assert.Equal("", error.ToString());
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output.ToString());
        Assert.Equal(1, json.RootElement.GetProperty("pictures").GetInt32());
    }

    [Fact]
    public async Task Train_OfAFileThatSaysNonsense_SaysWhatIsWrong()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("train.json");
        await File.WriteAllTextAsync(
            path,
            """{"model": "m", "output": "o", "stages": [{"name": "a", "steps": 0, "data": [{"name": "scenes"}]}]}""",
            TestContext.Current.CancellationToken);
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(["train", path], TextWriter.Null, error));
        Assert.Contains("stage a: steps, batchSize, microBatchSize and length are at least 1", error.ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--device", "moon", "There is no device moon; write cpu or cuda:0.")]
    [InlineData("--precision", "int3", "There is no precision int3; write float32 or bfloat16.")]
    public async Task Train_OnWhatThereIsNot_SaysWhatThereIs(string option, string value, string expected)
    {
        var recipe = Path.Combine(TestData.Repository, "Server", "Lab", "Recipes", "molmo-tiny", "vision.json");
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(["train", recipe, option, value], TextWriter.Null, error));
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }

    private static TrainingResult Run(TemporaryFolder folder, string name, long? steps)
    {
        var model = folder.Combine("model");
        if (!Directory.Exists(model)) MakeModel(model);
        var stage = new TrainingStage("toy", Steps, [new DataPart("scenes")])
        {
            BatchSize = 8,
            MicroBatchSize = 4,
            Length = 512,
            MaxAnnotations = 3,
            PatchWeight = 0.5,
            Dropout = 0.1,
            Vision = new ComponentRates(2e-3, 4),
            Connector = new ComponentRates(2e-3, 4),
            Language = new ComponentRates(4e-3, 4),
        };
        var config = new TrainingConfig(model, folder.Combine(name), [stage]) { Seed = 3 };
        var trainer = new Trainer(config, new TensorFormat(CPU, ScalarType.Float32), _ => { });
        return trainer.Run(ExampleSources.Open, steps, TestContext.Current.CancellationToken);
    }

    /// <summary>The embedded model's files with two layers of each transformer.</summary>
    private static void MakeModel(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(TestData.TinyModel, "*.json"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var path = Path.Combine(folder, "config.json");
        var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        config["num_hidden_layers"] = 2;
        config["vit_layers"] = new System.Text.Json.Nodes.JsonArray(-1, -2);
        config["vision_backbone"]!["image_num_layers"] = 2;
        File.WriteAllText(path, config.ToJsonString());
    }

    private static byte[] Weights(TemporaryFolder folder, string name)
        => File.ReadAllBytes(folder.Combine($"{name}/checkpoint/model.safetensors"));
}
