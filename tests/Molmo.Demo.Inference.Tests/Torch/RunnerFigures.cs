using System.Diagnostics;
using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>
/// Measures the tables of docs/gpu.md: the managed network beside libtorch's on a processor, or the published sizes on
/// a GPU. Takes minutes and gigabytes, so it runs only where <c>MOLMO_RUNNER_FIGURES</c> names the file to write.
/// </summary>
public sealed class RunnerFigures
{
    private static readonly string[] Heading =
    [
        "| Network | Runner | Precision | Load s | Crops | Vision ms | Prefill ms (tokens) | Decode ms a step, "
            + "batch 1 | batch 8 | batch 32 | Weights read GB/s, batch 1 | Memory GB |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ];

    private readonly StringBuilder _text = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static bool IsGpu => TestRunners.Device.Gpu is not null;

    [Fact]
    public void Tables_OnRequest_AreMeasuredAndWritten()
    {
        var file = Environment.GetEnvironmentVariable("MOLMO_RUNNER_FIGURES");
        Assert.SkipUnless(
            Path.IsPathRooted(file), "Takes minutes; set MOLMO_RUNNER_FIGURES to the full path of the file to write.");
        LibTorch.Load(TestData.LibTorch);
        foreach (var line in Heading) _text.AppendLine(line);
        if (IsGpu) MeasureGpu();
        else MeasureProcessor();
        File.WriteAllText(file!, _text.ToString());
    }

    private static ModelConfig Published(string name) => PublishedModel.All.First(model => model.Name == name).Network;

    /// <summary>
    /// Molmo-7B-D's widths and vision, with two layers and a vocabulary of 16,384: what fits beside other work.
    /// </summary>
    private void MeasureProcessor()
    {
        using var folder = new TemporaryFolder();
        var published = PublishedModel.All.First(model => model.Name == "Molmo-7B-D-0924").WithLayers(2);
        var config = JsonNode.Parse(published.Config)!.AsObject();
        (config["vocab_size"], config["embedding_size"]) = (16_000, 16_384);
        new SyntheticCheckpoint(published with { Config = config.ToJsonString(), EndOfText = 300 }, seed: 1)
            .Write(folder.Path, null, Token);
        var checkpoint = Checkpoint.Open(folder.Path);
        Measure("7B-D, 2 layers", "managed", checkpoint.Config,
            () => ManagedModelRunner.Load(checkpoint, new RunnerSettings(512, 2), null, Token));
        Measure("7B-D, 2 layers", "managed", checkpoint.Config, () =>
            ManagedModelRunner.Load(checkpoint, new RunnerSettings(512, 2, WeightPrecision.BFloat16), null, Token));
        foreach (var precision in (TorchPrecision[])[TorchPrecision.Float32, TorchPrecision.BFloat16])
            Measure("7B-D, 2 layers", "torch-cpu", checkpoint.Config,
                () => TorchModelRunner.Load(checkpoint, Settings(precision), null, Token));
    }

    private void MeasureGpu()
    {
        foreach (var name in (string[])["Molmo-7B-D-0924", "MolmoE-1B-0924"])
            Measure(name, "torch", Published(name),
                () => TorchModelRunner.CreateRandom(Published(name), Settings(TorchPrecision.BFloat16)));
    }

    private static TorchSettings Settings(TorchPrecision precision)
        => new(TestRunners.Device, precision, Threads: 2, _ => IsGpu ? 4096 : 512);

    private void Measure(string network, string kind, ModelConfig config, Func<IModelRunner> load)
    {
        var before = Environment.WorkingSet;
        var watch = Stopwatch.StartNew();
        using var runner = load();
        var loadSeconds = watch.Elapsed.TotalSeconds;
        var (crops, tokens) = IsGpu ? (13, 1300) : (2, 512);
        var text = Repeat(runner, new Prompt(Ids(config, tokens), null));
        var picture = Repeat(runner, new Prompt(Ids(config, tokens), Picture(config.Vision, crops)));
        var decode = new[] { 1, 8, 32 }.Select(batch => Decode(runner, config, batch, tokens)).ToArray();
        var bytes = WeightsOfAStep(config) * (runner.Precision == "float32" ? 4 : 2) / 1e9;
        var memory = (Environment.WorkingSet - before) / 1e9;
        _text.AppendLine(string.Create(CultureInfo.InvariantCulture,
            $"| {network} | {kind}, {runner.Device} | {runner.Precision} | {loadSeconds:F1} | {crops} | "
                + $"{picture - text:F0} | {text:F0} ({tokens}) | {decode[0]:F1} | {decode[1]:F1} | {decode[2]:F1} | "
                + $"{bytes / decode[0] * 1000:F0} | {(IsGpu ? "" : $"{memory:F1}")} |"));
    }

    /// <summary>
    /// Weights that one position passes: no vision, no table of which a row is read, no expert that is not chosen.
    /// </summary>
    private static double WeightsOfAStep(ModelConfig config) => WeightManifest.Of(config)
        .Where(spec => !spec.Name.Contains("vision_backbone", StringComparison.Ordinal)
            && !spec.Name.Contains(".wte.", StringComparison.Ordinal))
        .Sum(spec => spec.Name.Contains(".experts.", StringComparison.Ordinal)
            ? (double)spec.Count * config.ExpertsPerToken / config.ExpertCount : spec.Count);

    /// <returns>Median milliseconds of a prompt.</returns>
    private static double Repeat(IModelRunner runner, Prompt prompt)
    {
        var driver = new RunnerDriver(runner);
        return Median(IsGpu ? 7 : 3, () =>
        {
            var sequence = driver.Begin(prompt);
            driver.Forward(sequence);
            driver.End(sequence);
        });
    }

    /// <returns>Median milliseconds of a step, sampling included where the device does it.</returns>
    private static double Decode(IModelRunner runner, ModelConfig config, int count, int tokens)
    {
        var driver = new RunnerDriver(runner);
        // Together they must fit into the blocks.
        var length = Math.Min(tokens, (runner.BlockCapacity * runner.BlockSize / count) - 64);
        var sequences =
            Enumerable.Range(0, count).Select(_ => driver.Begin(new Prompt(Ids(config, length), null))).ToArray();
        foreach (var sequence in sequences) driver.Forward(sequence);
        var choices = Enumerable.Repeat(new TokenChoice(SamplingOptions.Greedy, 0), count).ToArray();
        var ids = new int[count];
        return Median(IsGpu ? 30 : 7, () =>
        {
            foreach (var sequence in sequences) sequence.Append(7);
            driver.Cover(sequences);
            if (runner is ISamplingRunner sampling)
                sampling.Sample(new Batch(Phase.Decode, sequences), choices, ids, Token);
            else driver.Forward(sequences);
            foreach (var sequence in sequences) sequence.ComputedCount = sequence.TokenIds.Count;
        });
    }

    private static double Median(int count, Action action)
    {
        action();
        action();
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var watch = Stopwatch.StartNew();
            action();
            times[i] = watch.Elapsed.TotalMilliseconds;
        }

        Array.Sort(times);
        return times[count / 2];
    }

    private static int[] Ids(ModelConfig config, int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(config.VocabularySize))];
    }

    private static ImageInputs Picture(VisionConfig vision, int crops)
    {
        var random = new Random(1);
        return new ImageInputs
        {
            SourceWidth = 1,
            SourceHeight = 1,
            Tiling = new Tiling(1, crops - 1),
            CropCount = crops,
            PatchCount = vision.PatchCount,
            PatchSize = vision.PatchLength,
            TokensPerCrop = vision.TokensPerCrop,
            Patches = [.. Enumerable.Range(0, crops * vision.PatchCount * vision.PatchLength)
                .Select(_ => random.NextSingle())],
            Masks = [.. Enumerable.Repeat(1f, crops * vision.PatchCount)],
            ImageTokenPositions =
                [.. Enumerable.Range(0, crops * vision.TokensPerCrop).Select(token => token < 256 ? token + 1 : -100)],
            ImageTokenIds = [],
        };
    }
}
