using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class AndroidScoreTests
{
    private static readonly int[] Screen = [1000, 2000];

    [Theory]
    [InlineData("Click(23.4, 56.7)", "click", "", 23.4, 56.7)]
    [InlineData("click 23.4 56.7", "click", "", 23.4, 56.7)]
    [InlineData("Plan: go on. Action: long_press(1, 2)", "long press", "", 1.0, 2.0)]
    [InlineData("type(\"Hello  World.\")", "type", "hello world", null, null)]
    [InlineData("input_text: Hello World", "type", "hello world", null, null)]
    [InlineData("Scroll down.", "scroll", "down", null, null)]
    [InlineData("open_app('Clock')", "open app", "clock", null, null)]
    [InlineData("Navigate Home", "navigate home", "", null, null)]
    [InlineData("wait()", "wait", "", null, null)]
    [InlineData("click", "click", "", null, null)]
    [InlineData("typewriter", null, "", null, null)]
    [InlineData("I would click there", null, "", null, null)]
    public void Parse_Actions_HaveTypeAndArgument(string text, string? type, string argument, double? x, double? y)
    {
        var action = AndroidAction.Parse(text);
        Assert.Equal((type, argument), (action.Type, action.Text));
        Assert.Equal((x, y), (action.Point?.X, action.Point?.Y));
    }

    [Theory]
    // In the box, whose point is (50, 50).
    [InlineData("click(41, 49)", "click(50, 50)", true, true, true)]
    // Outside it; 7 % of the height of 2000 is 140 pixels, 14 % of the width of 1000: near enough.
    [InlineData("click(50, 57)", "click(50, 50)", true, false, true)]
    [InlineData("click(50, 57.1)", "click(50, 50)", true, false, false)]
    [InlineData("click(64, 50)", "click(50, 50)", true, false, true)]
    // 10 % of the width and 5 % of the height are 100 and 100 pixels: 141 apart, more than 140.
    [InlineData("click(60, 55)", "click(50, 50)", true, false, false)]
    [InlineData("long press(50, 50)", "click(50, 50)", false, false, false)]
    [InlineData("click", "click(50, 50)", true, false, false)]
    // A click on the icon opens the app.
    [InlineData("click(45, 50)", "open_app(Clock)", false, true, true)]
    [InlineData("open app  CLOCK.", "open_app(\"Clock\")", true, true, true)]
    [InlineData("open app Maps", "open_app(Clock)", true, false, false)]
    [InlineData("scroll up", "scroll(down)", true, false, false)]
    [InlineData("navigate_back", "navigate back", true, true, true)]
    public void Of_HandMade_IsAsWorkedOut(string prediction, string actual, bool type, bool inBox, bool right)
        => Assert.Equal(new AndroidScore(type, inBox, right),
            AndroidScore.Of(prediction, actual, [40, 48, 60, 52], Screen));

    [Fact]
    public void Of_PressWithoutBox_GoesByThePoint()
        => Assert.Equal(new AndroidScore(true, false, true),
            AndroidScore.Of("click(50, 51)", "click(50, 50)", box: null, Screen));

    [Theory]
    [InlineData("""{"prediction":"wait"}""", "\"action\" is missing")]
    [InlineData("""{"prediction":"wait","action":"dance"}""", "none of AndroidControl's")]
    [InlineData("""{"prediction":"click(1,1)","action":"click(1,1)"}""", "\"size\"")]
    [InlineData("""{"prediction":"wait","action":"wait","box":[1]}""", "\"box\"")]
    public void Score_LineOfAnotherForm_SaysWhy(string line, string expected)
        => Assert.Contains(expected, Assert.Throws<FormatException>(
            () => Metric.Score("android_control", PredictionRow.Parse(line)).ToList()).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Score_ThreeSteps_IsTheirMean()
    {
        // In the box, near it, of another type: step 2/3, step in box 1/3, type 2/3.
        var scores = new[] { "click(50, 50)", "click(50, 55)", "wait" }.SelectMany(text => Metric.Score(
            "android_control", new PredictionRow
            {
                Prediction = text,
                Action = "click(50, 50)",
                Box = [40, 48, 60, 52],
                Size = Screen,
            }));
        var means = Metric.Mean(scores);
        Assert.Equal(2 / 3.0, means["step"].Mean, 12);
        Assert.Equal(1 / 3.0, means["step_in_box"].Mean, 12);
        Assert.Equal(2 / 3.0, means["type"].Mean, 12);
    }
}
