using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Evaluation;
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

    private static TrainingStage Toy { get; } = new("toy", Steps, [new DataPart("scenes")])
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
        // What is done writes its checkpoint again.
        Directory.Delete(folder.Combine("cut/checkpoint"), recursive: true);
        Assert.Empty(Run(folder, "cut", null).Losses);
        Assert.Equal(Weights(folder, "whole"), Weights(folder, "cut"));

        // A network that knows nothing: the log of the vocabulary. After 24 steps it knows how answers are written.
        var losses = whole.Losses.Select(loss => loss.Answers).ToList();
        Assert.InRange(losses[0], 6.5, 7.6);
        Assert.InRange(losses.TakeLast(4).Average(), 2.48, 2.72);
        Assert.True(whole.Losses[^1].Patches.Loss < whole.Losses[0].Patches.Loss, "What patches show was not learned.");
        Assert.Equal(Steps, File.ReadLines(folder.Combine("cut/curves.csv")).Skip(1)
            .Select(line => int.Parse(line.Split(',')[1], CultureInfo.InvariantCulture)).Max());
        Assert.StartsWith("<svg", File.ReadAllText(folder.Combine("cut/curves.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CutAtEveryStepOfTwoStages_EndsWithTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        var first = Toy with { Name = "first", Steps = 2 };
        var second = Toy with { Name = "second", Steps = 3, Language = new ComponentRates(1e-3, 2) };
        Assert.True(Run(folder, "whole", null, [first, second]).Finished);
        for (var step = 1; step < 5; step++) Assert.False(Run(folder, "cut", 1, [first, second]).Finished);
        Assert.True(Run(folder, "cut", 1, [first, second]).Finished);
        Assert.Equal(Weights(folder, "whole"), Weights(folder, "cut"));
        // A file that was given fewer steps than are done goes on with what follows.
        Assert.True(Run(folder, "less", 2, [first with { Steps = 9 }]) is { Finished: false });
        Assert.Equal(3, Run(folder, "less", null, [first with { Steps = 1 }, second]).Losses.Count);
    }

    [Fact]
    public void Run_InSixteenBits_KeepsAndWritesWeightsOfThirtyTwo()
    {
        using var folder = new TemporaryFolder();
        var exact = Run(folder, "exact", 2);
        var coarse = Run(folder, "coarse", 2, format: new TensorFormat(CPU, ScalarType.BFloat16));
        Assert.InRange(coarse.Losses[1].Answers / exact.Losses[1].Answers, 0.98, 1.02);
        Assert.Contains(
            Tensors(folder, "coarse")["model.transformer.blocks.0.ff_proj.weight"],
            value => (BitConverter.SingleToUInt32Bits(value) & 0xFFFF) != 0);
    }

    [Theory]
    [InlineData("vision", "model.vision_backbone.image_vit.")]
    [InlineData("connector", "model.vision_backbone.image_projector.")]
    [InlineData("language", "model.transformer.blocks.")]
    public void Run_WithOneRate_MovesThatComponentAlone(string component, string prefix)
    {
        using var folder = new TemporaryFolder();
        var still = new ComponentRates(0, 1);
        var none = Toy with { Steps = 1, Vision = still, Connector = still, Language = still };
        var moving = new ComponentRates(1e-2, 1);
        Run(folder, "none", null, [none]);
        Run(folder, "one", null,
        [
            component switch
            {
                "vision" => none with { Vision = moving },
                "connector" => none with { Connector = moving },
                _ => none with { Language = moving },
            },
        ]);
        var (before, after) = (Tensors(folder, "none"), Tensors(folder, "one"));
        foreach (var other in (string[])
            ["model.vision_backbone.image_vit.", "model.vision_backbone.image_projector.", "model.transformer.blocks."])
        {
            var stays = before.Where(weight => weight.Key.StartsWith(other, StringComparison.Ordinal))
                .All(weight => weight.Value.AsSpan().SequenceEqual(after[weight.Key]));
            Assert.Equal(other != prefix, stays);
        }
    }

    [Fact]
    public void Run_AtItsLastStep_SaysWhereItIs()
    {
        using var folder = new TemporaryFolder();
        var lines = new List<string>();
        Run(folder, "out", null, [Toy with { Steps = 2 }], report: lines.Add);
        Assert.Matches(
            @"^toy 2 of 2  answers \d\.\d{4}  patches \d\.\d{3} \(\d+\.\d % named\)  "
                + @"norms \d+\.\d\d \d+\.\d\d \d+\.\d\d  [\d,]+ tokens/s  0 h 0 min left$",
            lines[^1]);
    }

    [Fact]
    public void Run_OfAModelThatEndsAnswersWithMore_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "out", 1);
        var path = folder.Combine("model/generation_config.json");
        File.WriteAllText(path, """{"eos_token_id": 645}""");
        Assert.Contains(
            "ends answers with the tokens 645 and 640",
            Assert.Throws<CommandException>(() => Run(folder, "out", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OfExamplesWhosePictureIsGone_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Combine("data"));
        File.WriteAllText(folder.Combine("data/examples.jsonl"), """
            {"image": "gone.png", "annotations": [{"style": "user_qa", "question": "What?", "answer": "That."}]}
            """);
        var stage = Toy with { Data = [new DataPart("mine") { Folder = folder.Combine("data") }] };
        Assert.Contains(
            "gone.png", Assert.Throws<CommandException>(() => Run(folder, "out", 1, [stage])).Message,
            StringComparison.Ordinal);
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
        var truth = await TruthFile.LoadAsync(TestData.Samples, TestContext.Current.CancellationToken);
        Assert.Equal(
            truth.QuestionsAbout(0).Questions.Select(question => question.Text),
            json.RootElement.GetProperty("answers").EnumerateArray()
                .Select(answer => answer.GetProperty("question").GetString()));
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

    private static TrainingResult Run(
        TemporaryFolder folder, string name, long? steps, IReadOnlyList<TrainingStage>? stages = null,
        TensorFormat? format = null, Action<string>? report = null)
    {
        var model = folder.Combine("model");
        if (!Directory.Exists(model)) MakeModel(model);
        var config = new TrainingConfig(model, folder.Combine(name), stages ?? [Toy]) { Seed = 3 };
        var trainer = new Trainer(
            config, format ?? new TensorFormat(CPU, ScalarType.Float32), report ?? (_ => { }));
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

    private static Dictionary<string, float[]> Tensors(TemporaryFolder folder, string name)
    {
        var file = Weights(folder, name);
        var data = 8 + (int)BitConverter.ToInt64(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, data - 8));
        return header.RootElement.EnumerateObject()
            .Where(entry => entry.Name != "__metadata__")
            .ToDictionary(entry => entry.Name, entry =>
            {
                var ends = entry.Value.GetProperty("data_offsets");
                var (start, end) = (ends[0].GetInt32(), ends[1].GetInt32());
                return MemoryMarshal.Cast<byte, float>(file.AsSpan(data + start, end - start)).ToArray();
            });
    }

    private static byte[] Weights(TemporaryFolder folder, string name)
        => File.ReadAllBytes(folder.Combine($"{name}/checkpoint/model.safetensors"));
}
