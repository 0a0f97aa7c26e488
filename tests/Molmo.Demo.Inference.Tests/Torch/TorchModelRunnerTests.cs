using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using TorchSharp;

namespace Molmo.Demo.Inference.Tests.Torch;

public sealed class TorchModelRunnerTests
{
    private const int Blocks = 512;
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Sets => new TheoryData<string>(GoldenModelSet.Names()).OrAbsent();

    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_CompiledSteps_EqualTheModules(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        using var runner = TestRunners.LoadTorch(set.Folder, Blocks);
        var cases = set.CaseNames().Select(set.Case).ToArray();
        // Alone, without a mask, and together, with the shorter ones masked.
        foreach (var group in (GoldenModelCase[][])[cases[..1], cases])
        {
            var compiled = Run(runner, group, compiled: true);
            var plain = Run(runner, group, compiled: false);
            for (var step = 0; step < plain.Count; step++)
                Closeness.Check($"step {step} of {group.Length}", plain[step], compiled[step], Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_PromptInPieces_EqualsTheWhole(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        using var runner = TestRunners.LoadTorch(set.Folder, Blocks);
        foreach (var item in set.CaseNames().Select(set.Case).Where(item => item.Prompt.Image is null))
        {
            var driver = new RunnerDriver(runner);
            var whole = driver.Forward(driver.Begin(item.Prompt));
            var sequence = driver.Begin(item.PromptUpTo(item.InputIds.Length / 2));
            driver.Forward(sequence);
            foreach (var token in item.InputIds[((item.InputIds.Length / 2) + 1)..]) sequence.Append(token);
            Closeness.Check("logits", whole, driver.Forward(sequence), Tolerance);
        }
    }

    [Fact]
    public void Forward_TheSameBatchAgain_GivesTheSameBits()
    {
        var set = new GoldenModelSet("olmoe", GoldenModelSet.OwnRoot);
        using var runner = TestRunners.LoadTorch(set.Folder, Blocks);
        var cases = set.CaseNames().Select(set.Case).ToArray();
        foreach (var (first, second) in Run(runner, cases, compiled: true)
            .Zip(Run(runner, cases, compiled: true))) Assert.Equal(first, second);
    }

    [Slow]
    [Fact]
    public void Sample_ThousandSteps_KeepsNoTensor()
    {
        using var runner = TestRunners.LoadTorch(TestData.TinyModel, Blocks);
        var driver = new RunnerDriver(runner);
        Sequence[] sequences =
            [driver.Begin(new Prompt([1, 2, 3], null)), driver.Begin(new Prompt([4, 5, 6, 7], null))];
        driver.Forward(sequences);
        TokenChoice[] choices =
            [new(SamplingOptions.Greedy, 0), new(new SamplingOptions(0.8, TopK: 20, TopP: 0.9), 0.5)];
        var tokens = new int[2];
        var batch = new Batch(Phase.Decode, sequences);
        foreach (var sequence in sequences) sequence.Append(9);
        Step();
        DisposeScopeManager.Statistics.Reset();
        for (var i = 0; i < 1000; i++) Step();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        Assert.True(statistics.CreatedInScopeCount > 1000, "Nothing was counted: the test tests nothing.");
        Assert.Equal(0, statistics.ThreadTotalLiveCount);

        void Step() => runner.Sample(batch, choices, tokens, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Load_CheckpointsFolder_SaysDevicePrecisionAndProgress()
    {
        var seen = new List<double>();
        LibTorch.Load(TestData.LibTorch);
        TorchMemory? memory = null;
        var settings = new TorchSettings(TestRunners.Device, TorchPrecision.BFloat16, Threads: 1, found =>
        {
            memory = found;
            return 3;
        });
        using var runner = TorchModelRunner.Load(
            Checkpoint.Open(TestData.TinyModel), settings, new Recorder(seen), TestContext.Current.CancellationToken);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1], 1e-9);
        Assert.Equal((3, "bfloat16"), (runner.BlockCapacity, runner.Precision));
        Assert.Contains("libtorch", runner.Device, StringComparison.Ordinal);
        var config = ModelConfig.Load(TestData.TinyModel);
        Assert.Equal(2L * 2 * config.LayerCount * config.KeyValueSize * runner.BlockSize, memory!.Value.BytesPerBlock);
        Assert.True(memory.Value.FreeBytes > 0);
    }

    [Fact]
    public void Load_Cancelled_Stops()
    {
        LibTorch.Load(TestData.LibTorch);
        var settings = new TorchSettings(TestRunners.Device, TorchPrecision.Float32, Threads: 1, _ => 1);
        Assert.ThrowsAny<OperationCanceledException>(
            () => TorchModelRunner.Load(
                Checkpoint.Open(TestData.TinyModel), settings, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Load_MoreMemoryThanThereIs_IsRefusedAndLeavesTheDeviceUsable()
    {
        LibTorch.Load(TestData.LibTorch);
        var settings = new TorchSettings(TestRunners.Device, TorchPrecision.Float32, Threads: 1, _ => int.MaxValue);
        var refusal = Assert.Throws<DeviceMemoryException>(
            () => TorchModelRunner.Load(
                Checkpoint.Open(TestData.TinyModel), settings, null, TestContext.Current.CancellationToken));
        Assert.Contains("too little memory", refusal.Message, StringComparison.Ordinal);
        using var runner = TestRunners.LoadTorch(TestData.TinyModel, Blocks);
        var driver = new RunnerDriver(runner);
        Assert.DoesNotContain(driver.Forward(driver.Begin(new Prompt([1, 2], null))), float.IsNaN);
    }

    private static List<float[]> Run(TorchModelRunner runner, GoldenModelCase[] cases, bool compiled)
    {
        runner.UsesCompiledSteps = compiled;
        var driver = new RunnerDriver(runner);
        var sequences = cases.Select(item => driver.Begin(item.Prompt)).ToArray();
        var logits = new List<float[]>();
        for (var step = 0; step < 6; step++)
        {
            logits.Add(driver.Forward(sequences));
            for (var i = 0; i < sequences.Length; i++) sequences[i].Append(cases[i].GreedyTokens[step]);
        }

        return logits;
    }

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
