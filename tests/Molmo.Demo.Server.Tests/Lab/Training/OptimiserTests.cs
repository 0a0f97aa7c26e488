using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Lab.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>The optimiser beside libtorch's own, and the schedule by hand.</summary>
[Collection(TrainingData.OneAtATime)]
public sealed class OptimiserTests
{
    public OptimiserTests() => LibTorch.Load(TestData.LibTorch);

    [Fact]
    public void Step_ManyTimes_IsTheLibrarysAdamW()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var start = randn(3, 5);
        var (ours, theirs) = (new Parameter(start.clone()), new Parameter(start.clone()));
        using var component = new Component("test", [ours]);
        using var library = optim.AdamW([theirs], 0.01, 0.9, 0.95, 1e-6, weight_decay: 0.1);
        for (var step = 1; step <= 20; step++)
        {
            var target = randn(3, 5);
            foreach (var parameter in (Parameter[])[ours, theirs])
            {
                parameter.grad?.zero_();
                (parameter - target).square().sum().backward();
            }

            component.Collect();
            component.Step(0.01, step, clipNorm: 1e9, weightDecay: 0.1);
            library.step();
        }

        Assert.InRange((ours - theirs).abs().max().item<float>(), 0, 2e-6);
        Assert.True((ours - start).abs().max().item<float>() > 0.1, "Nothing moved: the test tests nothing.");
    }

    [Fact]
    public void Step_OfALongGradient_IsClippedToItsNorm()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(zeros(2));
        using var component = new Component("test", [parameter]);
        (parameter * tensor((float[])[3, 4])).sum().backward();
        component.Collect();
        Assert.Equal(5, component.Step(1, step: 1, clipNorm: 1), 5);
        // The first moment is a tenth of the clipped gradient, 3/5 and 4/5.
        Assert.Equal([0.06f, 0.08f], component.Mean.data<float>().ToArray().Select(value => MathF.Round(value, 5)));
    }

    [Fact]
    public void Step_OfAGradientThatIsNoNumber_LeavesTheWeights()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(2));
        using var component = new Component("test", [parameter]);
        (parameter * float.NaN).sum().backward();
        component.Collect();
        Assert.True(double.IsNaN(component.Step(1, step: 1, clipNorm: 1)));
        Assert.Equal([1f, 1f], parameter.data<float>().ToArray());
    }

    [Fact]
    public void Loss_ByHand_IsWeightedEntropyAndTheSquareOfTheNormaliser()
    {
        using var scope = NewDisposeScope();
        // Normalisers e^0 + e^0 = 2 and e^1 + e^0; the targets' logits are 0 and 1.
        var (sum, mean) = TrainingLoss.Of(
            tensor(new float[,] { { 0, 0 }, { 1, 0 } }), tensor((long[])[1, 0]), tensor((float[])[1, 0.5f]),
            zLoss: 0.25);
        var (first, second) = (Math.Log(2), Math.Log(Math.E + 1));
        Assert.Equal(
            first + (0.25 * first * first) + (0.5 * (second - 1 + (0.25 * second * second))), sum.item<float>(), 5);
        Assert.Equal((first + second - 1) / 2, mean.item<float>(), 5);
    }

    [Theory]
    // A line to the peak in 4 steps, then half a cosine to a tenth: halfway it is (1 + 0.1) / 2.
    [InlineData(0, 0.25)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 0.55)]
    [InlineData(12, 0.1)]
    [InlineData(20, 0.1)]
    public void At_AlongAStage_RisesInALineAndFallsAlongACosine(long step, double expected)
        => Assert.Equal(expected * 2e-4, LearningRate.At(new ComponentRates(2e-4, 4), step, 12, 0.1), 12);
}
