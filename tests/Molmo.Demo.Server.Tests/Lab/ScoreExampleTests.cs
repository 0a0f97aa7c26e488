using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>Each published metric on an example that is worked out here; <see cref="ScoringTests"/> has the golden
/// ones.</summary>
public sealed class ScoreExampleTests
{
    private static readonly string[] TenAnswers =
        ["two", "2", "3", "three", "3", "3", "a few", "many", "Many!", "many"];

    [Theory]
    // "two" and "2" are the same after normalisation: 2 of 3.
    [InlineData("2.", 2 / 3.0)]
    // Four say three: more than three count as three.
    [InlineData("Three", 1)]
    // The article goes: one says few.
    [InlineData("few", 1 / 3.0)]
    [InlineData("seven", 0)]
    public void Vqa_TenAnswers_IsAThirdForEachAgreement(string prediction, double expected)
        => Assert.Equal(expected, ShortAnswerScores.Vqa(TenAnswers, prediction), 12);

    [Theory]
    // kitten to sitting: k-s, e-i, +g are 3 edits of 7 characters, 1 - 3/7.
    [InlineData("kitten", "Sitting", 4 / 7.0)]
    // 2 edits of 4 are half: nothing.
    [InlineData("abcd", "abxy", 0)]
    [InlineData("Main Street", "main street", 1)]
    public void Anls_Edits_AreSharesOfTheLongerText(string answer, string prediction, double expected)
        => Assert.Equal(expected, ShortAnswerScores.Anls(answer, prediction), 12);

    [Theory]
    // |105 - 100| / 100 is 5 %, |105.1 - 100| / 100 more.
    [InlineData("100", "105", 1)]
    [InlineData("100", "105.1", 0)]
    [InlineData("0.5", "51%", 1)]
    [InlineData("Blue", "blue", 1)]
    [InlineData("0", "0.001", 0)]
    public void Relaxed_Numbers_MayBeFivePercentOff(string answer, string prediction, double expected)
        => Assert.Equal(expected, ShortAnswerScores.Relaxed(answer, prediction));

    [Theory]
    // The same text; else the only option that contains it; else the fewest edits, the first of equals.
    [InlineData("CAT ", 0)]
    [InlineData("house", 2)]
    [InlineData("dot", 1)]
    [InlineData("zzz", 0)]
    public void Select_Fallbacks_ComeInTheirOrder(string prediction, int expected)
        => Assert.Equal(expected, OptionChoice.Select(prediction, ["cat", "dog", "a house"]));

    [Theory]
    [InlineData("There is a total of 7 cats.", true, true)]
    [InlineData("six", false, true)]
    [InlineData("9", false, false)]
    [InlineData("some", false, false)]
    public void Counting_OfSeven_IsExactOrWithinOne(string prediction, bool exact, bool close)
    {
        var score = PublishedCounting.Of(prediction, 7);
        Assert.Equal((exact, close), (score.IsCorrect, score.IsClose));
    }

    [Fact]
    public void Pointing_TwoPointsOnThreeMasks_IsAsCounted()
    {
        // Pixels of a picture of 200 by 100: the points are (50, 50), inside the first disc, and (160, 50), which the
        // assignment gives to the third target (distance 10) and which lies outside its disc of radius 5.
        // One hit of two points and of three objects: precision 1/2, recall 1/3, F1 2 (1/6) / (5/6) = 2/5.
        const string prediction = """<points x1="25.0" y1="50.0" x2="80.0" y2="50.0" alt="x">x</points>""";
        var score = PublishedPointing.Of(prediction, 200, 100, [(52, 50), (100, 90), (170, 50)],
            [TargetMask.Disc(52, 50, 5), TargetMask.Disc(100, 90, 5), TargetMask.Disc(170, 50, 5)]);
        Assert.Equal(1 / 2.0, score.Precision, 12);
        Assert.Equal(1 / 3.0, score.Recall, 12);
        Assert.Equal(2 / 5.0, score.F1, 9);
    }
}
