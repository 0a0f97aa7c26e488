using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

public class ClaimWordsTests
{
    [Fact]
    public void Of_Groups_NamesEachInItsForm()
    {
        Assert.Equal("1 white cell, 18 red cells", ClaimWords.Of(Claim(null, ("white cells", 1), ("red cells", 18))));
        Assert.Equal("2 dots", ClaimWords.Of(Claim(null, ("", 2))));
        Assert.Equal("None", ClaimWords.Of(Shared.Audits.Claim.Of([new TextSegment("There are none.")])!));
    }

    [Fact]
    public void Entry_OfWhatAPersonFound_GivesTheCorrectedCount()
    {
        Assert.Equal("3 dogs", ClaimWords.Entry(Claim(null, ("dogs", 3))));
        var part = Audit.Empty.Judge(0, 1, DotVerdict.Wrong);
        Assert.Equal("2 dogs, partly checked", ClaimWords.Entry(Claim(part, ("dogs", 3))));
        var all = part.Judge(0, 2, DotVerdict.Right).Judge(0, 3, DotVerdict.Right).AddMissed(0, 1, 1)
            .AddMissed(0, 2, 2);
        Assert.Equal("4 dogs, checked", ClaimWords.Entry(Claim(all, ("dogs", 3))));
    }

    [Fact]
    public void Correction_OfACheck_SaysWhatTheModelSaidAndWhatChanged()
    {
        var right = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Right);
        Assert.Null(ClaimWords.Correction(Claim(null, ("dogs", 2))));
        Assert.Equal("You found all 2 dots right.", ClaimWords.Correction(Claim(right, ("dogs", 2))));
        Assert.Equal(
            "The model said 2. You found 1 more.", ClaimWords.Correction(Claim(right.AddMissed(0, 1, 1), ("dogs", 2))));
        Assert.Equal(
            "The model said 3. 1 dot was wrong. 1 of 3 looked at.",
            ClaimWords.Correction(Claim(Audit.Empty.Judge(0, 1, DotVerdict.Wrong), ("dogs", 3))));
        Assert.Equal(
            "The model said 2 dogs, 1 cat. 1 dot was wrong.",
            ClaimWords.Correction(Claim(right.Judge(1, 1, DotVerdict.Wrong), ("dogs", 2), ("cats", 1))));
    }

    [Fact]
    public void Correction_WordsSayAnotherNumberThanDots_GivesTheModelsWords()
    {
        AnswerSegment[] segments = [new TextSegment("Counting the "), Group(0, "dogs", 2), new TextSegment(
            " shows a total of 13.")];
        var claim = Shared.Audits.Claim.Of(segments, Audit.Empty.Judge(0, 1, DotVerdict.Wrong))!;
        Assert.Equal("The model said 13. 1 dot was wrong. 1 of 2 looked at.", ClaimWords.Correction(claim));
    }

    private static Claim Claim(Audit? audit, params (string Noun, int Count)[] groups)
        => Shared.Audits.Claim.Of(groups.Select((group, at) => Group(at, group.Noun, group.Count)), audit)!;

    private static PointSegment Group(int group, string noun, int count)
        => new(group, [.. Enumerable.Range(1, count).Select(n => new ImagePoint(n, n, n))], noun, noun, true);
}
