using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

public sealed class BenchRatesTests
{
    [Theory]
    [InlineData(new double[] { 3 }, 3)]
    [InlineData(new double[] { 5, 1, 3 }, 3)]
    [InlineData(new double[] { 4, 1, 2, 9 }, 3)]
    public void Median_Values_IsTheMiddle(double[] values, double median)
        => Assert.Equal(median, BenchRates.Median(values));

    [Fact]
    public void Alone_Tokens_CountFromTheFirst()
    {
        Assert.Equal(10, BenchRates.Alone(Times(5, 5.1, 5.2, 5.3)), 1e-6);
        Assert.Equal(0, BenchRates.Alone(Times(5)));
    }

    [Fact]
    public void Together_Answers_CountsWhileAllAreWritten()
    {
        // All are written from 1.2 to 1.4: three tokens of the first, two of the second, two of the third.
        var rate = BenchRates.Together(
            [Times(1, 1.1, 1.2, 1.25, 1.3, 1.4), Times(1.1, 1.3, 1.4, 1.5), Times(1.2, 1.3, 1.4, 1.6)]);
        Assert.Equal(7 / 0.2, rate, 1e-6);
    }

    [Fact]
    public void Together_OneAfterTheOther_CountsAll()
        => Assert.Equal(5, BenchRates.Together([Times(1, 1.1, 1.2), Times(1.4, 1.6, 2)]), 1e-6);

    private static TimeSpan[] Times(params double[] seconds) => [.. seconds.Select(TimeSpan.FromSeconds)];
}
