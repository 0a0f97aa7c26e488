using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class ModelWordsTests
{
    [Fact]
    public void Line_Fetching_HasAmountRateAndTimeLeft() => Assert.Equal(
        "Fetching allenai/Molmo-7B-D-0924: 9 %, 3.2 of 32.1 GB, 45.5 MB/s, about 11 minutes left",
        ModelWords.Line(new ModelProgress(
            ModelStage.Fetching, "allenai/Molmo-7B-D-0924", 0.0999, 3_200_000_000, 32_100_000_000, 45_500_000, 635)));

    [Fact]
    public void Line_NothingKnownYet_IsShort()
        => Assert.Equal(
            "Fetching owner/name: 0 %", ModelWords.Line(new ModelProgress(ModelStage.Fetching, "owner/name", 0)));

    [Theory]
    [InlineData(0.2, "about 1 second left")]
    [InlineData(89, "about 89 seconds left")]
    [InlineData(91, "about 2 minutes left")]
    [InlineData(3 * 3600, "about 3 hours left")]
    [InlineData(double.PositiveInfinity, "about 1000000000 hours left")]
    public void Detail_Loading_SaysTheTimeLeft(double seconds, string expected)
        => Assert.Equal(
            expected, ModelWords.Detail(new ModelProgress(ModelStage.Loading, "molmo", 0.5, SecondsLeft: seconds)));

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0.999, 99)]
    [InlineData(1, 100)]
    [InlineData(double.NaN, 0)]
    public void Percent_AnyShare_IsFrom0To100(double share, int expected)
        => Assert.Equal(expected, new ModelProgress(ModelStage.Loading, "molmo", share).Percent);
}
