using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

public sealed class ManagedModelRunnerTests
{
    private const int Blocks = 64;

    /// <summary>For every case of a set at once.</summary>
    private const int GoldenBlocks = 512;

    public static TheoryData<string> Sets => new TheoryData<string>(GoldenModelSet.Names()).OrAbsent();

    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_BatchPiecesOrThreads_GiveTheSameBits(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        var cases = set.CaseNames().Select(set.Case).ToArray();
        using var runner = set.Load(GoldenBlocks, threads: 1);
        using var wide = set.Load(GoldenBlocks, threads: 3);
        var driver = new RunnerDriver(runner);
        var alone = cases.Select(item => driver.Forward(driver.Begin(item.Prompt))).ToArray();
        var wideDriver = new RunnerDriver(wide);
        var together = wideDriver.Forward([.. cases.Select(item => wideDriver.Begin(item.Prompt))]);
        for (var i = 0; i < cases.Length; i++)
            Assert.True(
                alone[i].AsSpan().SequenceEqual(together.AsSpan(i * runner.VocabularySize, runner.VocabularySize)),
                $"Case {i} in a batch gives other bits.");

        foreach (var (item, expected) in cases.Zip(alone))
        {
            var pieces = new RunnerDriver(runner);
            var sequence = pieces.Begin(item.PromptUpTo(item.InputIds.Length / 2));
            pieces.Forward(sequence);
            // Features were added with the prompt; what follows it here is text, as in a generation.
            if (item.Prompt.Image?.ImageTokenPositions.Max() > item.InputIds.Length / 2) continue;
            foreach (var token in item.InputIds[(item.InputIds.Length / 2 + 1)..]) sequence.Append(token);
            Assert.True(
                expected.AsSpan().SequenceEqual(pieces.Forward(sequence)), "A prompt in two pieces gives other bits.");
        }
    }

    [Theory]
    [InlineData(WeightPrecision.Float32, null)]
    [InlineData(WeightPrecision.Int8, null)]
    [InlineData(WeightPrecision.Int4, null)]
    [InlineData(WeightPrecision.BFloat16, "olmoe")]
    [InlineData(WeightPrecision.Int8, "olmoe")]
    public void Forward_WarmDecode_AllocatesNothing(WeightPrecision precision, string? setName)
    {
        Assert.SkipUnless(
            setName is null || GoldenModelSet.Names().Contains(setName), "Golden checkpoints are absent.");
        using var runner = setName is null
            ? Tiny(precision)
            : new GoldenModelSet(setName).Load(Blocks, precision: precision);
        var driver = new RunnerDriver(runner);
        Sequence[] sequences =
            [driver.Begin(new Prompt([1, 2, 3], null)), driver.Begin(new Prompt([4, 5, 6, 7], null))];
        driver.Forward(sequences);
        foreach (var sequence in sequences) sequence.Append(9);
        var batch = new Batch(Phase.Decode, sequences);
        var logits = new float[sequences.Length * runner.VocabularySize];
        runner.Forward(batch, logits, CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) runner.Forward(batch, logits, CancellationToken.None);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Load_Cancelled_Stops()
    {
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ManagedModelRunner.Load(checkpoint, new RunnerSettings(1, 2), null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Load_Progress_RisesToOne()
    {
        var seen = new List<double>();
        using var runner = ManagedModelRunner.Load(
            Checkpoint.Open(TestData.TinyModel), new RunnerSettings(3, 1), new Recorder(seen), CancellationToken.None);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1], 1e-9);
        Assert.Equal((3, "float32"), (runner.BlockCapacity, runner.Precision));
        Assert.StartsWith("CPU, ", runner.Device, StringComparison.Ordinal);
        runner.Dispose();
    }

    private static ManagedModelRunner Tiny(WeightPrecision precision = WeightPrecision.Float32)
    {
        using var weights = WeightStore.Open(TestData.TinyModel);
        return ManagedModelRunner.Load(
            ModelConfig.Load(TestData.TinyModel), weights, new RunnerSettings(Blocks, 2, precision), null,
            CancellationToken.None);
    }

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
