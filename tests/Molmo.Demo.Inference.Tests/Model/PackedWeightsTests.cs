using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>
/// Weights from a packed file are those converted in memory, to the last bit, and a file of another checkpoint is
/// refused.
/// </summary>
public sealed class PackedWeightsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, WeightPrecision, VisionPrecision> Sets()
    {
        var data = new TheoryData<string, WeightPrecision, VisionPrecision>();
        foreach (var name in GoldenModelSet.Names())
        {
            foreach (var precision in Enum.GetValues<WeightPrecision>())
                data.Add(name, precision, VisionPrecision.Auto);
            data.Add(name, WeightPrecision.Int8, VisionPrecision.Exact);
            data.Add(name, WeightPrecision.BFloat16, VisionPrecision.Int8);
        }

        if (!data.Any()) data.Add(AbsentData.Name, WeightPrecision.Float32, VisionPrecision.Auto);
        return data;
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_MappedWeights_GivesTheSameBitsAsConvertedOnes(
        string setName, WeightPrecision precision, VisionPrecision vision)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        using var folder = new TemporaryFolder();
        var (config, path) = (ModelConfig.Load(set.Folder), folder.File("weights.packed"));
        using var store = WeightStore.Open(set.Folder);
        Write(config, store, precision, vision, path);

        using var converted = set.Load(512, precision: precision, vision: vision);
        using var mapped = ManagedModelRunner.Load(
            config, store, PackedFile.Open(path), new RunnerSettings(512, 2, precision, vision), Token);
        Assert.Equal(converted.Precision, mapped.Precision);
        var (left, right) = (new RunnerDriver(converted), new RunnerDriver(mapped));
        foreach (var name in set.CaseNames())
        {
            var (expected, found) = (left.Begin(set.Case(name).Prompt), right.Begin(set.Case(name).Prompt));
            for (var step = 0; step < 3; step++)
            {
                var logits = left.Forward(expected);
                Assert.Equal(logits, right.Forward(found));
                expected.Append(RunnerDriver.Likeliest(logits));
                found.Append(RunnerDriver.Likeliest(logits));
            }
        }
    }

    [Fact]
    public void Write_TinyModel_LoadsAndTakesTheBytesPromised()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.packed");
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        var shares = new List<double>();
        PackedWeights.Write(
            checkpoint, WeightPrecision.Int8, VisionPrecision.Auto, path, 2, new Recorder(shares), Token);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(shares.Order(), shares);
        // Beside the weights: what rounds entries up to 64 bytes and panels to 32 outputs, and the table of contents.
        Assert.InRange(new FileInfo(path).Length, PackedWeights.LengthOf(checkpoint, WeightPrecision.Int8),
            PackedWeights.LengthOf(checkpoint, WeightPrecision.Int8) + 400_000);
        using var runner =
            ManagedModelRunner.Load(checkpoint, PackedWeights.Open(path, checkpoint), new RunnerSettings(16, 2), Token);
        Assert.Equal("int8", runner.Precision);
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        foreach (var (name, threads) in ((string, int)[])[("a", 1), ("b", 3)]) PackedWeights.Write(
            checkpoint, WeightPrecision.Int4, VisionPrecision.Auto, folder.File(name), threads, null, Token);
        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
    }

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        Assert.ThrowsAny<OperationCanceledException>(() => PackedWeights.Write(
            checkpoint, WeightPrecision.Int8, VisionPrecision.Auto, folder.File("weights.packed"), 2,
            new Canceller(stop), stop.Token));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Open_CheckpointThatChanged_IsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(TestData.TinyModel))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        var before = Checkpoint.Open(folder.Path);
        var path = folder.File("weights.packed");
        PackedWeights.Write(before, WeightPrecision.Int8, VisionPrecision.Auto, path, 2, null, Token);
        PackedWeights.Open(path, Checkpoint.Open(folder.Path)).Dispose();

        var weights = folder.File(WeightStore.SingleFile);
        var bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(weights, bytes);
        var error = Assert.Throws<ModelFormatException>(() => PackedWeights.Open(path, Checkpoint.Open(folder.Path)));
        Assert.Contains(before.Revision, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int8", "another layout", "another version")]
    [InlineData("int5", null, "unknown precision")]
    public void Open_OtherLayoutOrPrecision_IsRefused(string precision, string? layout, string words)
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        using (var writer = new PackedFileWriter(
            folder.File("a"),
            new PackedIdentity("m", checkpoint.Revision, precision, precision, layout ?? PackedFormat.Layout)))
            writer.Complete();
        var error = Assert.Throws<ModelFormatException>(() => PackedWeights.Open(folder.File("a"), checkpoint));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightPrecision.Int4, VisionPrecision.Auto, VisionPrecision.Auto)]
    [InlineData(WeightPrecision.Int4, VisionPrecision.Int8, VisionPrecision.Auto)]
    [InlineData(WeightPrecision.Int8, VisionPrecision.Exact, VisionPrecision.Exact)]
    [InlineData(WeightPrecision.Float32, VisionPrecision.Int8, VisionPrecision.Int8)]
    public void Open_EncoderOfItsOwnPrecision_IsKnownAndLoaded(
        WeightPrecision precision, VisionPrecision written, VisionPrecision known)
    {
        using var folder = new TemporaryFolder();
        var (checkpoint, path) = (Checkpoint.Open(TestData.TinyModel), folder.File("a"));
        PackedWeights.Write(checkpoint, precision, written, path, 2, null, Token);
        Assert.InRange(
            new FileInfo(path).Length, PackedWeights.LengthOf(checkpoint, precision, written),
            PackedWeights.LengthOf(checkpoint, precision, written) + 400_000);
        var packed = PackedWeights.Open(path, checkpoint);
        Assert.Equal((precision, known), (packed.Precision, packed.Vision));
        // The file decides, whatever is set.
        ManagedModelRunner.Load(checkpoint, packed, new RunnerSettings(16, 2), Token).Dispose();
    }

    [Fact]
    public void Load_FileThatLacksAMatrix_NamesTheFileAndTheMatrix()
    {
        using var folder = new TemporaryFolder();
        var (checkpoint, path) = (Checkpoint.Open(TestData.TinyModel), folder.File("a"));
        using (var writer = new PackedFileWriter(
            path, new PackedIdentity("m", checkpoint.Revision, "int8", "int8", PackedFormat.Layout)))
            writer.Complete();
        var error = Assert.Throws<ModelFormatException>(() =>
            ManagedModelRunner.Load(checkpoint, PackedWeights.Open(path, checkpoint), new RunnerSettings(4, 1), Token));
        Assert.Equal(path, error.File);
        Assert.Contains("wte.embedding", error.Message, StringComparison.Ordinal);
        // It was closed: on every system it can be deleted now.
        File.Delete(path);
    }

    private static void Write(
        ModelConfig config, WeightStore store, WeightPrecision precision, VisionPrecision vision, string path)
    {
        var encoder = vision.With(precision, config.Family);
        using var file = new PackedFileWriter(path, PackedWeights.IdentityOf("golden", "", precision, encoder));
        PackedWeights.Write(config, store, precision, vision, file, 2, null, Token);
    }

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }

    private sealed class Canceller(CancellationTokenSource stop) : IProgress<double>
    {
        public void Report(double value) => stop.Cancel();
    }
}
