using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Torch;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>What 16 bits cost on the repository's <c>Golden/model</c>, measured against float32.</summary>
/// <remarks>
/// The bounds are some twice the largest divergence that was measured on these checkpoints: 0.0013 nats in bfloat16,
/// 0.00001 in float16. A single logit says less: where two experts are nearly equally likely, rounding chooses another
/// one.
/// </remarks>
public sealed class TorchPrecisionTests
{
    private const int Blocks = 512;

    public static TheoryData<string, TorchPrecision, double> Sets()
    {
        var data = new TheoryData<string, TorchPrecision, double>();
        foreach (var name in GoldenModelSet.Names(GoldenModelSet.OwnRoot))
        {
            data.Add(name, TorchPrecision.BFloat16, 0.0025);
            data.Add(name, TorchPrecision.Float16, 0.00002);
        }

        return data;
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Sets))]
    public void Forward_GoldenContinuations_StayNearFloat32(string setName, TorchPrecision precision, double limit)
    {
        var set = new GoldenModelSet(setName, GoldenModelSet.OwnRoot);
        using var exact = set.Load(Blocks);
        using var narrow = TestRunners.LoadTorch(set.Folder, Blocks, precision);
        Assert.Equal(precision.Name(), narrow.Precision);
        var comparison = new LogitComparison();
        foreach (var item in set.CaseNames().Select(set.Case))
            WeightPrecisionTests.Compare(exact, narrow, item, comparison);
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"| {setName} | {precision.Name()} | {comparison} |"));
        Assert.True(comparison.LargestError > 0, "The numbers were not narrowed.");
        Assert.True(comparison.Divergence < limit, $"Further from float32 than {limit} nats: {comparison}.");
        Assert.True(comparison.ClearTokens > comparison.Tokens / 2, $"Noise hides most tokens: {comparison}.");
        Assert.True(comparison.LostClearTokens == 0,
            $"A token whose margin exceeds the noise of its step was lost: {comparison}.");
    }
}
