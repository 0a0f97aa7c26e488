using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class ClockScoreTests
{
    [Theory]
    [InlineData("The time shown is 10:10", 610)]
    [InlineData("22:10", 610)]
    [InlineData("It is 10:10:36 PM.", 610)]
    [InlineData("10.10", 610)]
    [InlineData("22h10", 610)]
    [InlineData("24:00", 0)]
    [InlineData("12:05", 5)]
    [InlineData("The hands show 99:99, or 3:07", 187)]
    [InlineData("It is ten past three.", 190)]
    [InlineData("twenty-five minutes past three", 205)]
    [InlineData("five to twelve", 715)]
    [InlineData("one minute to midnight", 719)]
    [InlineData("A quarter to four", 225)]
    [InlineData("quarter of four", 225)]
    [InlineData("Half past one in the afternoon", 90)]
    [InlineData("ten ten", 610)]
    [InlineData("three forty-five", 225)]
    [InlineData("three oh five", 185)]
    [InlineData("six o'clock", 360)]
    [InlineData("6 o’clock", 360)]
    [InlineData("at 3 p.m.", 180)]
    [InlineData("3pm", 180)]
    [InlineData("noon", 0)]
    public void Read_FiguresAndWords_AreMinutesOfTheDial(string text, int expected)
        => Assert.Equal(new ClockTime(expected), ClockTime.Read(text));

    [Theory]
    [InlineData("")]
    [InlineData("I see a clock with 2 hands.")]
    [InlineData("25:61")]
    [InlineData("The picture shows 2 of 3 clocks.")]
    [InlineData("There are 12 15 marks")]
    [InlineData("half of it")]
    public void Read_NoTime_IsNull(string text) => Assert.Null(ClockTime.Read(text));

    [Theory]
    [InlineData("10:11", "10:10", true, true, true)]
    [InlineData("10:12", "10:10", false, true, false)]
    [InlineData("9:10", "10:10", false, false, true)]
    // 9:59 and 10:00 are a minute apart: the hour is right too.
    [InlineData("9:59", "10:00", true, true, true)]
    // 11:59 and 12:00 are a minute apart across the top of the dial.
    [InlineData("11:59", "12:00", true, true, true)]
    [InlineData("ten past ten", "22:10", true, true, true)]
    [InlineData("2:50", "10:10", false, false, false)]
    [InlineData("no idea", "10:10", false, false, false)]
    public void Of_HandMade_IsAsWorkedOut(string prediction, string answer, bool right, bool hour, bool minute)
    {
        var score = ClockScore.Of(prediction, answer);
        Assert.Equal((right, hour, minute), (score.IsRight, score.IsHourRight, score.IsMinuteRight));
        Assert.Equal(prediction != "no idea", score.IsValid);
    }

    [Fact]
    public void Score_FourClocks_IsTheirMean()
    {
        // Right, right hour, right minute, nothing: clock 1/4, hour 2/4, minute 2/4, valid 3/4.
        var scores = new[] { "10:10", "10:30", "3:10", "?" }.SelectMany(text => Metric.Score(
            "clock", new PredictionRow { Prediction = text, Answers = ["The time shown is 10:10"] }));
        var means = Metric.Mean(scores);
        Assert.Equal((0.25, 0.5, 0.5, 0.75),
            (means["clock"].Mean, means["hour"].Mean, means["minute"].Mean, means["valid"].Mean));
    }

    [Fact]
    public void Score_TruthThatIsNoTime_IsRefused()
        => Assert.Contains("no time", Assert.Throws<FormatException>(() => Metric.Score(
            "clock", new PredictionRow { Prediction = "1:00", Answers = ["late"] }).ToList()).Message,
            StringComparison.Ordinal);
}
