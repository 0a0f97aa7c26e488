using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>Rows that nothing needs are not computed to the end, and the others come out as if they were.</summary>
public sealed unsafe class NeededRowsTests
{
    public static TheoryData<string> Sets => new TheoryData<string>(GoldenModelSet.Names()).OrAbsent();

    /// <summary>A trace sees all rows, so under it all of them are computed.</summary>
    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_Traced_GivesTheSameBits(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        foreach (var precision in Enum.GetValues<WeightPrecision>())
            CheckTraced(new GoldenModelSet(setName), precision);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Encode_SomeWindows_GivesTheirBits(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        foreach (var precision in Enum.GetValues<WeightPrecision>())
            CheckWindows(new GoldenModelSet(setName).Folder, precision);
    }

    [Theory]
    [InlineData(WeightPrecision.Float32, 70, 32, 38)]
    [InlineData(WeightPrecision.Int8, 96, 64, 32)]
    [InlineData(WeightPrecision.Int4, 100, 0, 33)]
    [InlineData(WeightPrecision.BFloat16, 65, 32, 1)]
    public void Part_OfAMatrix_GivesTheWholesBits(WeightPrecision precision, int outputs, int first, int count)
    {
        const int inputs = 300;
        using var weight = KernelData.Pack(
            KernelData.Floats(outputs * inputs, 1), KernelData.Floats(outputs, 2), inputs, precision);
        using var team = new ThreadTeam(1);
        var part = weight.Part(first, count);
        foreach (var rows in (int[])[1, 2, 13])
        {
            using var x = KernelData.Tensor(rows, inputs, 3);
            using var whole = new Tensor(rows, outputs);
            using var found = new Tensor(rows, count);
            MatMul.Forward(x, weight, whole, team);
            MatMul.Forward(x, part, found, team);
            for (var row = 0; row < rows; row++)
                Assert.True(whole.Row(row).Slice(first, count).SequenceEqual(found.Row(row)), $"Row {row} of {rows}.");
        }
    }
    private static void CheckTraced(GoldenModelSet set, WeightPrecision precision)
    {
        using var runner = set.Load(512, precision: precision);
        var driver = new RunnerDriver(runner);
        var prompts = set.CaseNames().Select(name => set.Case(name).Prompt).ToArray();
        foreach (var prompt in prompts) Check([driver.Begin(prompt)], [driver.Begin(prompt)]);
        Check([.. prompts.Take(3).Select(driver.Begin)], [.. prompts.Take(3).Select(driver.Begin)]);

        void Check(Sequence[] sequences, Sequence[] traced)
        {
            var expected = driver.Forward(sequences);
            runner.Trace = (_, _) => { };
            var found = driver.Forward(traced);
            runner.Trace = null;
            Assert.True(expected.AsSpan().SequenceEqual(found), "Other bits under a trace.");
            foreach (var sequence in sequences.Concat(traced)) driver.End(sequence);
        }
    }

    private static void CheckWindows(string folder, WeightPrecision precision)
    {
        const int crops = 2;
        var config = ModelConfig.Load(folder);
        var vision = config.Vision;
        using var team = new ThreadTeam(2);
        using var weights = WeightStore.Open(folder);
        var loader = new ConvertingLoader(weights, precision, 1, null, TestContext.Current.CancellationToken);
        var scope = weights.Root.Scope("model.vision_backbone");
        using var transformer = new VisionTransformer(vision, scope.Scope("image_vit"), loader, team);
        using var connector = new Connector(config, scope, loader, team);
        var patches = KernelData.Floats(crops * vision.PatchCount * vision.PatchLength, 1);
        var masks = KernelData.Floats(crops * vision.PatchCount, 2).Select(mask => mask < 0 ? 1 : mask).ToArray();
        int[] all = [.. Enumerable.Range(0, crops * vision.TokensPerCrop)];
        using var expected = new Tensor(0, config.HiddenSize);
        Run(all, expected);
        foreach (var windows in (int[][])[
            [.. all.Where(window => window % 3 != 1)], [.. all.Where(window => window >= vision.TokensPerCrop)], [0],
            []])
        {
            using var found = new Tensor(0, config.HiddenSize);
            Run(windows, found);
            Assert.Equal(windows.Length, found.Rows);
            for (var i = 0; i < windows.Length; i++)
                Assert.True(expected.Row(windows[i]).SequenceEqual(found.Row(i)), $"Window {windows[i]} differs.");
        }

        void Run(int[] windows, Tensor output)
        {
            fixed (float* start = patches)
                transformer.Forward(start, crops, windows, TestContext.Current.CancellationToken);
            connector.Forward(transformer.Features, masks, windows, output);
        }
    }
}
