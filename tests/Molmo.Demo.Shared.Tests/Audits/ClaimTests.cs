using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Shared.Tests.Audits;

public class ClaimTests
{
    [Fact]
    public void Of_NobodyLooked_IsWhatTheModelSays()
    {
        var claim = Claim.Of([new TextSegment("Counting the "), Group(0, 3, "dogs"), new TextSegment(
            " shows a total of 3.")])!;
        Assert.Equal((3, 3, CheckState.None, 3), (claim.Given, claim.Count, claim.Check, claim.Stated));
        Assert.Equal("dogs", Assert.Single(claim.Groups).Named);
        Assert.False(claim.IsConfirmed);
    }

    [Fact]
    public void Of_RejectedAndMissed_CountsWhatThePersonFound()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong)
            .Judge(0, 3, DotVerdict.Right).AddMissed(0, 1, 1).AddMissed(0, 2, 2);
        var claim = Claim.Of([Group(0, 3, "dogs")], audit)!;
        Assert.Equal((3, 4, 1, 2, CheckState.All), (claim.Given, claim.Count, claim.Wrong, claim.Missed, claim.Check));
        Assert.False(claim.IsConfirmed);
    }

    [Fact]
    public void Of_EveryDotRight_IsConfirmed()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Right);
        Assert.True(Claim.Of([Group(0, 2, "cats")], audit)!.IsConfirmed);
    }

    [Fact]
    public void Of_SomeDotsWithoutVerdict_IsCheckedInPart()
    {
        var wrong = Audit.Empty.Judge(0, 2, DotVerdict.Wrong);
        var claim = Claim.Of([Group(0, 2, "dogs"), Group(1, 1, "fish")], wrong)!;
        Assert.Equal((CheckState.Part, 2, 1), (claim.Check, claim.Count, claim.Judged));
        Assert.Equal(
            [("dog", CheckState.Part), ("fish", CheckState.None)],
            claim.Groups.Select(group => (group.Named, group.Check)));
        Assert.Equal(CheckState.Part, Claim.Of([Group(0, 1, "dogs")], Audit.Empty.AddMissed(0, 1, 1))!.Check);
        var one = Claim.Of([Group(0, 1, "dogs"), Group(1, 1, "fish")], Audit.Empty.Judge(1, 1, DotVerdict.Right))!;
        Assert.Equal(CheckState.Part, one.Check);
    }

    [Fact]
    public void Of_TagsOfOneName_AreOneGroup()
    {
        var audit = Audit.Empty.Judge(2, 1, DotVerdict.Wrong).AddMissed(0, 1, 1);
        var claim = Claim.Of([Group(0, 1, "dog"), Group(1, 2, "cats"), Group(2, 1, "Dog ")], audit)!;
        Assert.Equal(["dog", "cats"], claim.Groups.Select(group => group.Noun));
        var dogs = claim.Groups[0];
        Assert.Equal([0, 2], dogs.Numbers);
        Assert.Equal((2, 2, "dogs", 1, 1), (dogs.Given, dogs.Count, dogs.Named, dogs.Wrong, dogs.Missed));
    }

    [Theory]
    [InlineData("a dog", "dog")]
    [InlineData("The dog on the left", "dog on the left")]
    [InlineData("another dog", "another dog")]
    [InlineData(" the ", "the")]
    public void Of_NameWithAnArticle_IsCountedWithoutIt(string text, string noun)
        => Assert.Equal(noun, Claim.Of([Group(0, 1, text)])!.Groups[0].Noun);

    [Fact]
    public void Of_WordsWithoutDots_IsNoneOrNoClaim()
    {
        var none = Claim.Of([new TextSegment("There are none.")])!;
        Assert.Equal((true, 0, CheckState.None), (none.IsNone, none.Count, none.Check));
        Assert.Null(Claim.Of([new TextSegment("It shows three dogs on a lawn.")]));
        Assert.Null(Claim.Of([Group(0, 0, "")]));
        Assert.Null(Claim.Of([]));
    }

    [Fact]
    public void Of_AllRejected_IsNoughtAndNotNone()
    {
        var claim = Claim.Of([Group(0, 1, "dogs")], Audit.Empty.Judge(0, 1, DotVerdict.Wrong))!;
        Assert.Equal((0, false, "dogs"), (claim.Count, claim.IsNone, claim.Groups[0].Named));
    }

    [Fact]
    public void Of_AuditOfDotsThatAreNotThere_ChangesNothing()
    {
        var audit = Audit.Empty.Judge(0, 9, DotVerdict.Wrong).Judge(5, 1, DotVerdict.Wrong).AddMissed(7, 1, 1);
        var claim = Claim.Of([Group(0, 2, "dogs")], audit)!;
        Assert.Equal((2, CheckState.None), (claim.Count, claim.Check));
    }

    [Fact]
    public void Of_AnswerThatWasCut_DoesNotTakeItsNumber()
    {
        var answer = new Answer();
        answer.Apply(new TextDelta(1, "a total of 1"));
        answer.Apply(new PointFound(2, 0, 1, 10, 10));
        Assert.Equal((null, 1), (Claim.Of(answer)!.Stated, Claim.Of(answer)!.Given));
    }

    [Theory]
    [InlineData("dogs", "dog")]
    [InlineData("red circles", "red circle")]
    [InlineData("strawberries", "strawberry")]
    [InlineData("boxes", "box")]
    [InlineData("houses", "house")]
    [InlineData("people", "person")]
    [InlineData("buses", "bus")]
    [InlineData("fish", "fish")]
    [InlineData("glass", "glass")]
    [InlineData("cactus", "cactus")]
    [InlineData("cups of tea", "cups of tea")]
    [InlineData("Hunde", "Hunde")]
    [InlineData("كلاب", "كلاب")]
    [InlineData("", "")]
    public void One_Plural_GivesTheSingular(string many, string one) => Assert.Equal(one, EnglishNoun.One(many));

    [Theory]
    [InlineData("dog", "dogs")]
    [InlineData("dogs", "dogs")]
    [InlineData("yellow triangle", "yellow triangles")]
    [InlineData("berry", "berries")]
    [InlineData("box", "boxes")]
    [InlineData("child", "children")]
    [InlineData("children", "children")]
    [InlineData("glass", "glasses")]
    [InlineData("sheep", "sheep")]
    public void Many_EitherForm_GivesThePlural(string noun, string many) => Assert.Equal(many, EnglishNoun.Many(noun));

    private static PointSegment Group(int group, int count, string name)
        => new(group, [.. Enumerable.Range(1, count).Select(n => new ImagePoint(n, n, n))], name, name, true);
}
