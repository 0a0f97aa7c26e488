namespace Molmo.Demo.Shared.Tests.Markup;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("""The <point x="1" y="2" alt="White boat">White</point> boat.""", "The White boat.")]
    [InlineData("""The <point x="1" y="2" alt="boat"></point>.""", "The boat.")]
    [InlineData("There are none.", "There are none.")]
    [InlineData("", "")]
    public void Clean_Segments_GivesProseWithInlineTexts(string text, string expected)
        => Assert.Equal(expected, AnswerText.Clean(PointMarkupParser.Parse(text)));

    [Theory]
    [InlineData("Counting the ducks shows a total of 37.", 37)]
    [InlineData("shows a total of 12", 12)]
    [InlineData(" There are none.\n", 0)]
    [InlineData("There are none. Or are there?", null)]
    [InlineData("a total of many", null)]
    [InlineData("a total of 99999999999999999999", null)]
    [InlineData("3 cats", null)]
    public void StatedCount_CleanText_GivesTheNumberOfTheCountingSentence(string text, int? expected)
        => Assert.Equal(expected, AnswerText.StatedCount(text));
}
