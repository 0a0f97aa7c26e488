using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>What every runner does with wrong and with ended requests.</summary>
public sealed class ModelRunnerTests
{
    private const int Blocks = 64;

    public static TheoryData<string> Kinds => [.. TestRunners.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_WrongArguments_SaysWhichNumbersDoNotFit(string runnerName)
    {
        var config = ModelConfig.Load(TestData.TinyModel);
        using var runner = TestRunners.Load(runnerName, TestData.TinyModel, Blocks);
        var driver = new RunnerDriver(runner);
        var logits = new float[runner.VocabularySize];
        var ids = config.EmbeddingSize + config.AdditionalVocabularySize;

        var tooLarge = driver.Begin(new Prompt([1, ids], null));
        Assert.Contains($"{ids - 1}", Assert.ThrowsAny<ArgumentException>(() => driver.Forward(tooLarge)).Message,
            StringComparison.Ordinal);

        var done = driver.Begin(new Prompt([1, 2], null));
        done.ComputedCount = 2;
        Assert.Contains("no new ones", Run(done, logits), StringComparison.Ordinal);

        Assert.Contains("needs 1 blocks, its table has 0", Run(new Sequence(new Prompt([1], null)), logits),
            StringComparison.Ordinal);

        var strange = new Sequence(new Prompt([1], null));
        strange.AddBlock(runner.BlockCapacity);
        Assert.Contains($"Block {runner.BlockCapacity} is not one of", Run(strange, logits), StringComparison.Ordinal);

        Assert.Contains("logits", Run(driver.Begin(new Prompt([1], null)), new float[3]), StringComparison.Ordinal);

        var longer = new Sequence(new Prompt([.. Enumerable.Repeat(1, runner.MaxPositions + 1)], null));
        Assert.Contains($"{runner.MaxPositions} positions", Run(longer, logits), StringComparison.Ordinal);

        string Run(Sequence sequence, float[] target)
            => Assert.ThrowsAny<ArgumentException>(
                () => runner.Forward(new Batch(Phase.Prefill, [sequence]), target, CancellationToken.None)).Message;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_PictureOfAnotherNetwork_IsRefused(string runnerName)
    {
        using var runner = TestRunners.Load(runnerName, TestData.TinyModel, Blocks);
        var image = new ImageInputs
        {
            SourceWidth = 1,
            SourceHeight = 1,
            Tiling = new Tiling(1, 1),
            CropCount = 1,
            PatchCount = 576,
            PatchSize = 588,
            TokensPerCrop = 144,
            Patches = new float[576 * 588],
            Masks = new float[576],
            ImageTokenPositions = new int[144],
            ImageTokenIds = [],
        };
        var driver = new RunnerDriver(runner);
        Assert.Contains(
            "576 patches",
            Assert.Throws<ArgumentException>(() => driver.Forward(driver.Begin(new Prompt([1], image)))).Message,
            StringComparison.Ordinal);
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_Cancelled_StopsAndWorksAgain(string runnerName)
    {
        using var runner = TestRunners.Load(runnerName, TestData.TinyModel, Blocks);
        var driver = new RunnerDriver(runner);
        var sequence = driver.Begin(new Prompt([1, 2, 3], null));
        var logits = new float[runner.VocabularySize];
        Assert.Throws<OperationCanceledException>(
            () => runner.Forward(new Batch(Phase.Prefill, [sequence]), logits, new CancellationToken(canceled: true)));
        Assert.DoesNotContain(driver.Forward(sequence), float.IsNaN);
    }
}
