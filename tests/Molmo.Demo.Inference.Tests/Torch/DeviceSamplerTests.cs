using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>The device's choice against the engine's own sampler.</summary>
public sealed class DeviceSamplerTests
{
    private const int Vocabulary = 320;
    private const int Rows = 24;

    private static readonly SamplingOptions[] Options =
    [
        SamplingOptions.Greedy, new(1), new(0.3), new(2), new(1, TopK: 1), new(1, TopK: 7), new(1.3, TopK: 1000),
        new(1, TopP: 0.5), new(0.7, TopP: 0.95), new(1, TopP: 1e-9), new(1.5, TopK: 30, TopP: 0.6),
        new(1, TopK: 2, TopP: 1),
    ];

    public DeviceSamplerTests() => LibTorch.Load(TestData.LibTorch);

    [Fact]
    public void Sample_ManyRows_ChoosesAsTheReference()
    {
        var random = new Random(7);
        var reference = new Sampler(Vocabulary);
        var different = 0;
        for (var round = 0; round < 200; round++)
        {
            var logits = Logits(random, quantum: round % 3 == 0 ? 0.5f : 0);
            var choices = new TokenChoice[Rows];
            for (var row = 0; row < Rows; row++)
            {
                var options = Options[random.Next(Options.Length)] with { Seed = random.NextInt64() };
                choices[row] = Sampler.Choice(options, round);
            }

            var found = Sample(logits, choices);
            for (var row = 0; row < Rows; row++)
            {
                var expected = reference.Sample(logits.AsSpan(row * Vocabulary, Vocabulary), choices[row]);
                Assert.Equal(expected, found[row]);
                if (expected != Greedy(logits, row)) different++;
            }
        }

        Assert.True(different > 1000, "Nearly every choice was the likeliest: the test tests little.");
    }

    [Fact]
    public void Sample_RowThatIsNotFinite_SaysSoForThatRowOnly()
    {
        var logits = Logits(new Random(1), quantum: 0);
        logits[(3 * Vocabulary) + 5] = float.NaN;
        logits[(4 * Vocabulary) + 6] = float.PositiveInfinity;
        logits[(5 * Vocabulary) + 6] = float.NegativeInfinity;
        foreach (var options in (SamplingOptions[])[SamplingOptions.Greedy, new(1, TopP: 0.9)])
        {
            var found = Sample(logits, [.. Enumerable.Repeat(new TokenChoice(options, 0.3), Rows)]);
            Assert.All(found.Index(),
                row => Assert.True(row.Item == -1 == row.Index is 3 or 4 or 5, $"Row {row.Index} gave {row.Item}."));
        }
    }

    private static int[] Sample(float[] logits, TokenChoice[] choices)
    {
        using var sampler = new DeviceSampler(Vocabulary, CPU);
        using var rows = tensor(logits, [Rows, Vocabulary]);
        return sampler.Sample(rows, choices);
    }

    private static int Greedy(float[] logits, int row)
        => new Sampler(Vocabulary)
            .Sample(logits.AsSpan(row * Vocabulary, Vocabulary), new TokenChoice(SamplingOptions.Greedy, 0));

    /// <param name="random">Source.</param>
    /// <param name="quantum">What logits are multiples of, so that many are equal; 0 for none.</param>
    private static float[] Logits(Random random, float quantum)
    {
        var logits = new float[Rows * Vocabulary];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(4 * (random.NextDouble() + random.NextDouble() + random.NextDouble()));
            if (quantum > 0) logits[i] = MathF.Round(logits[i] / quantum) * quantum;
        }

        return logits;
    }
}
