using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>
/// What fewer bits a weight cost, measured against float32 on the repository's <c>Golden/model</c> and on a layer of
/// full width.
/// </summary>
/// <remarks>The bounds come from these checkpoints, so another set of golden data does not replace them.</remarks>
public sealed class WeightPrecisionTests
{
    private const int Blocks = 512;

    private static readonly WeightPrecision[] Narrow =
        [WeightPrecision.BFloat16, WeightPrecision.Int8, WeightPrecision.Int4];

    public static TheoryData<string, string> Sets()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in GoldenModelSet.Names(GoldenModelSet.OwnRoot))
            foreach (var precision in Narrow) data.Add(name, precision.Name());
        return data.OrAbsent();
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_GoldenContinuations_StayNearFloat32(string setName, string mode)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var precision = Narrow.Single(candidate => candidate.Name() == mode);
        var set = new GoldenModelSet(setName, GoldenModelSet.OwnRoot);
        using var exact = set.Load(Blocks);
        using var narrow = set.Load(Blocks, precision: precision);
        Assert.Equal(mode, narrow.Precision);
        var comparison = new LogitComparison();
        foreach (var item in set.CaseNames().Select(set.Case)) Compare(exact, narrow, item, comparison);
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"| {setName} | {mode} | {comparison} |"));

        if (precision == WeightPrecision.Int4)
        {
            // Random weights of this width have nothing to spare: half the tokens change. It must still be the same
            // model.
            Assert.True(comparison is { Agreement: > 0.25, Divergence: > 0 and < 1 }, $"Another model: {comparison}.");
            return;
        }

        // Weights stored as bfloat16 lose nothing in bfloat16.
        if (precision != WeightPrecision.BFloat16 || !IsStoredAsBFloat16(set))
            Assert.True(comparison.LargestError > 0, "The weights were not converted.");
        else Assert.Equal(0, comparison.LargestError);
        Assert.True(comparison.ClearTokens > comparison.Tokens / 2, $"Noise hides most tokens: {comparison}.");
        Assert.True(comparison.LostClearTokens == 0,
            $"A token whose margin exceeds the noise of its step was lost: {comparison}.");
    }

    [Slow]
    [Theory]
    [MemberData(nameof(ImageSets))]
    public void Forward_PictureEncoderOfItsOwnPrecision_StaysNearOrEqualsFloat32(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName, GoldenModelSet.OwnRoot);
        var expected = Features(set, WeightPrecision.Float32, VisionPrecision.Auto);
        Assert.Equal(0, FeatureError(expected, Features(set, WeightPrecision.Int8, VisionPrecision.Exact)));
        var ofInt8 = FeatureError(expected, Features(set, WeightPrecision.Float32, VisionPrecision.Int8));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"| {setName} | {ofInt8:p3} |"));
        Assert.InRange(ofInt8, 1e-4, 0.05);
        var isMixture = ModelConfig.Load(set.Folder).Family == ModelFamily.Olmoe;
        foreach (var weights in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
            Assert.Equal(isMixture ? 0 : ofInt8, FeatureError(expected, Features(set, weights, VisionPrecision.Auto)));
    }

    [Fact]
    public void Forward_FullWidthLayer_IsOffByTheRoundingOfItsWeightsAndActivations()
    {
        // Rounding errors of independent numbers add up like the numbers themselves: the relative error does not grow
        // with the width. With int8 and int4, activations are rounded too, a block at a time: that must cost no more
        // than the usual 8 bits with one scale a row, or the blocks would be for nothing.
        const int rows = 16, inputs = 3584, outputs = 256;
        var weights = Normal(outputs * inputs, 1, 0.02f);
        using var x = new Tensor(rows, inputs);
        Normal(rows * inputs, 2, 1).CopyTo(x.Span);
        var rounded = RoundedByRow(x.Span, inputs);
        using var team = new ThreadTeam(2);
        using var y = new Tensor(rows, outputs);
        var expected = new float[rows * outputs];
        MatMul.Reference(x.Span, weights, [], inputs, expected);
        foreach (var (precision, limit) in ((WeightPrecision, double)[])[
            (WeightPrecision.BFloat16, 0.0025), (WeightPrecision.Int8, 0.008), (WeightPrecision.Int4, 0.12)])
        {
            using var packed = KernelData.Pack(weights, [], inputs, precision);
            var stored = new float[weights.Length];
            for (var output = 0; output < outputs; output++)
                packed.GetRow(output, stored.AsSpan(output * inputs, inputs));
            MatMul.Reference(x.Span, stored, [], inputs, y.Span);
            var ofWeights = Error("weights");
            MatMul.Reference(rounded, stored, [], inputs, y.Span);
            var ofRows = Error("weights, and activations by rows");
            MatMul.Forward(x, packed, y, team);
            var ofProduct = Error("the product");
            Assert.True(ofWeights < limit, $"{precision.Name()}: weights are off by {ofWeights:g3}, limit {limit:g3}.");
            var bound = precision == WeightPrecision.Int8 ? ofRows : Math.Min(limit, ofRows);
            Assert.True(ofProduct < bound, $"{precision.Name()}: off by {ofProduct:g3}, limit {bound:g3}.");

            double Error(string what)
            {
                var error = Math.Sqrt(
                    Squares(expected.Zip(y.Span.ToArray(), (left, right) => left - right)) / Squares(expected));
                TestContext.Current.TestOutputHelper?.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"| {precision.Name()} | {what} | {error:p3} |"));
                return error;
            }
        }
    }

    /// <summary>Each row in 8 bits with one scale, the largest at 127, and back.</summary>
    private static float[] RoundedByRow(ReadOnlySpan<float> x, int inputs)
    {
        var rounded = x.ToArray();
        foreach (var row in rounded.Chunk(inputs).Index())
        {
            var scale = row.Item.Max(MathF.Abs) / 127;
            for (var i = 0; i < inputs; i++)
                rounded[(row.Index * inputs) + i] = MathF.Round(row.Item[i] / scale) * scale;
        }

        return rounded;
    }

    /// <summary>Sets with pictures.</summary>
    public static TheoryData<string> ImageSets()
    {
        var data = new TheoryData<string>();
        foreach (var name in GoldenModelSet.Names(GoldenModelSet.OwnRoot))
        {
            var set = new GoldenModelSet(name, GoldenModelSet.OwnRoot);
            if (set.CaseNames().Select(set.Case).Any(item => item.Prompt.Image is not null)) data.Add(name);
        }

        if (!data.Any()) data.Add(AbsentData.Name);
        return data;
    }

    /// <summary>What the picture encoder gives for all pictures of a set.</summary>
    internal static List<float> Features(GoldenModelSet set, WeightPrecision precision, VisionPrecision vision)
    {
        var features = new List<float>();
        using var runner = set.Load(Blocks, precision: precision, vision: vision);
        runner.Trace = (name, values) =>
        {
            if (name == "image_features") features.AddRange(values);
        };
        foreach (var item in set.CaseNames().Select(set.Case).Where(item => item.Prompt.Image is not null))
        {
            var driver = new RunnerDriver(runner);
            driver.Forward(driver.Begin(item.Prompt));
        }

        return features;
    }

    /// <summary>Root of the mean square error, relative.</summary>
    internal static double FeatureError(List<float> expected, List<float> found)
    {
        Assert.Equal(expected.Count, found.Count);
        return Math.Sqrt(Squares(expected.Zip(found, (left, right) => left - right)) / Squares(expected));
    }

    internal static void Compare(
        IModelRunner exact, IModelRunner narrow, GoldenModelCase item, LogitComparison comparison)
    {
        var (exactDriver, narrowDriver) = (new RunnerDriver(exact), new RunnerDriver(narrow));
        var (expected, found) = (exactDriver.Begin(item.Prompt), narrowDriver.Begin(item.Prompt));
        var margins = item.Item.GetProperty("greedy")
            .GetProperty("margin").EnumerateArray().Select(margin => margin.GetDouble()).ToArray();
        foreach (var (token, margin) in item.GreedyTokens.Zip(margins))
        {
            comparison.Add(exactDriver.Forward(expected), narrowDriver.Forward(found), token, margin);
            expected.Append(token);
            found.Append(token);
        }
    }

    private static bool IsStoredAsBFloat16(GoldenModelSet set)
    {
        using var weights = WeightStore.Open(set.Folder);
        return weights.Files.All(file => file.Tensors.Values.All(tensor => tensor.Type == DType.BF16));
    }

    private static double Squares(IEnumerable<float> values) => values.Sum(value => (double)value * value);

    private static float[] Normal(int count, int seed, float deviation)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(
                2 * Math.PI * random.NextDouble()));
        return values;
    }
}
