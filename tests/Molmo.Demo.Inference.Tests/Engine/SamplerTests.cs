using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Inference.Tests.Engine;

public sealed class SamplerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(704)]
    public void Sample_GreedyAnywhere_TakesTheLargest(int size)
    {
        for (var place = 0; place < size; place++)
        {
            var logits = new float[size];
            Array.Fill(logits, -3f);
            logits[place] = -1;
            Assert.Equal(place, Choose(logits, SamplingOptions.Greedy));
        }
    }

    [Fact]
    public void Sample_GreedyTie_TakesTheLowestId()
    {
        var logits = new float[100];
        foreach (var id in (int[])[97, 40, 5, 63]) logits[id] = 2;
        Assert.Equal(5, Choose(logits, SamplingOptions.Greedy));
        Assert.Equal(0, Choose([-0f, 0f, 0f], SamplingOptions.Greedy));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Sample_LogitNotFinite_IsNoToken(float bad)
    {
        for (var place = 0; place < 40; place++)
            foreach (var options in (SamplingOptions[])[SamplingOptions.Greedy, new(1), new(1, 3), new(1, 0, 0.5)])
            {
                var logits = new float[40];
                logits[place] = bad;
                Assert.Equal(Sampler.NotFinite, Choose(logits, options));
            }
    }

    [Fact]
    public void Sample_SameSeedAndPlace_SameToken()
    {
        var logits = Spread(200);
        var options = new SamplingOptions(1.3, Seed: 77);
        var other = new Sampler(200);
        var sampler = new Sampler(200);
        int[] first = [.. Enumerable.Range(0, 50).Select(i => sampler.Sample(logits, Sampler.Choice(options, i)))];
        int[] second = [.. Enumerable.Range(0, 50)
            .Reverse().Select(i => other.Sample(logits, Sampler.Choice(options, i))).Reverse()];
        Assert.Equal(first, second);
        int[] otherSeed = [.. Enumerable.Range(0, 50)
            .Select(i => sampler.Sample(logits, Sampler.Choice(options with { Seed = 78 }, i)))];
        Assert.NotEqual(first, otherSeed);
        Assert.True(first.Distinct().Count() > 10);
    }

    [Fact]
    public void Sample_Temperature_FollowsTheSoftmax()
    {
        float[] logits = [1, 0, 2, -1];
        AssertDistribution(logits, new SamplingOptions(0.7), Softmax(logits, 0.7));
    }

    [Fact]
    public void Sample_TopK_DrawsFromTheKLikeliestWithLowestIdsOfEquals()
    {
        float[] logits = [0, 1, 3, 1, 1, -2];
        var kept = Softmax([3, 1, 1], 1);
        AssertDistribution(logits, new SamplingOptions(1, TopK: 3), [0, kept[1], kept[0], kept[2], 0, 0]);
    }

    [Fact]
    public void Sample_TopP_KeepsTheSmallestSetThatReachesIt()
    {
        // Probabilities 0.5, 0.3, 0.15, 0.05: two reach 0.7, three are needed for 0.81.
        float[] logits = [MathF.Log(0.3f), MathF.Log(0.05f), MathF.Log(0.5f), MathF.Log(0.15f)];
        AssertDistribution(logits, new SamplingOptions(1, TopP: 0.7), [0.3 / 0.8, 0, 0.5 / 0.8, 0]);
        AssertDistribution(logits, new SamplingOptions(1, TopP: 0.81), [0.3 / 0.95, 0, 0.5 / 0.95, 0.15 / 0.95]);
    }

    [Fact]
    public void Sample_TopKThenTopP_SharesAreOfTheKept()
    {
        // Of the two kept by top-k the first has 0.5 / 0.8 = 0.625: enough for 0.6, not for 0.63.
        float[] logits = [MathF.Log(0.3f), MathF.Log(0.05f), MathF.Log(0.5f), MathF.Log(0.15f)];
        AssertDistribution(logits, new SamplingOptions(1, TopK: 2, TopP: 0.6), [0, 0, 1, 0]);
        AssertDistribution(logits, new SamplingOptions(1, TopK: 2, TopP: 0.63), [0.3 / 0.8, 0, 0.5 / 0.8, 0]);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(0, 0.9)]
    [InlineData(1000, 0.9)]
    public void Sample_TinyTemperature_IsGreedy(int topK, double topP)
    {
        var logits = Spread(64);
        var greedy = Choose(logits, SamplingOptions.Greedy);
        for (var i = 0; i < 20; i++)
            Assert.Equal(
                greedy, new Sampler(64).Sample(logits, Sampler.Choice(new SamplingOptions(1e-300, topK, topP, i), i)));
    }

    [Fact]
    public void Sample_TinyTopP_IsGreedy()
    {
        var logits = Spread(64);
        Assert.Equal(
            Choose(logits, SamplingOptions.Greedy), Choose(logits, new SamplingOptions(2, TopP: 1e-9, Seed: 4)));
    }

    private static int Choose(float[] logits, SamplingOptions options)
        => new Sampler(logits.Length).Sample(logits, Sampler.Choice(options, 0));

    private static float[] Spread(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 4)];
    }

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] weights = [.. logits.Select(x => Math.Exp(x / temperature))];
        return [.. weights.Select(w => w / weights.Sum())];
    }

    /// <summary>
    /// 40,000 draws: a share is within five standard deviations of its probability, and never where that is 0.
    /// </summary>
    private static void AssertDistribution(float[] logits, SamplingOptions options, double[] expected)
    {
        const int draws = 40_000;
        var sampler = new Sampler(logits.Length);
        var counts = new int[logits.Length];
        for (var i = 0; i < draws; i++)
            counts[sampler.Sample(logits, Sampler.Choice(options with { Seed = i % 200 }, i / 200))]++;
        for (var id = 0; id < counts.Length; id++)
        {
            var deviation = Math.Sqrt(expected[id] * (1 - expected[id]) / draws);
            Assert.InRange(counts[id] / (double)draws, expected[id] - 5 * deviation, expected[id] + 5 * deviation);
        }
    }
}
