using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Images;

public class AuditWalkTests : PageTest
{
    private static readonly AnswerSegment[] Segments =
        [new TextSegment("Two kinds: "), Group(0, "dogs", 2), Group(1, "cats", 1)];

    [Fact]
    public void Judge_DotByDot_GoesOnAndSaysSo()
    {
        var walk = AuditWalk.Begin(Segments, Audit.Empty);
        Assert.Equal(((0, 1), "1 of 3"), (walk.Dot, walk.Progress));
        walk = walk.Judge(DotVerdict.Right);
        Assert.Equal(((0, 2), "dogs, 1 of 2: right. Now dogs, 2 of 2."), (walk.Dot, walk.Said));
        walk = walk.Judge(DotVerdict.Wrong).Judge(DotVerdict.Right);
        Assert.Equal((1, 0), (walk.Dot.Group, AuditResult.Of(Segments, walk.Audit).Missed));
        Assert.Equal(
            "cats, 1 of 1: right. All 3 dots checked. 3 claimed, 2 confirmed, 1 wrong, 0 missed. "
                + "Precision 67 %, recall 100 %.",
            walk.Said);
    }

    [Fact]
    public void Begin_HalfChecked_GoesOnWhereItWasLeft()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(1, 1, DotVerdict.Right);
        var walk = AuditWalk.Begin(Segments, audit);
        Assert.Equal((0, 2), walk.Dot);
        Assert.Equal((0, 1), AuditWalk.Begin(Segments, audit.Judge(0, 2, DotVerdict.Wrong)).Dot);
        // From a dot in the middle it goes around the end to what is left.
        Assert.Equal((0, 1),
            AuditWalk.Begin(Segments, Audit.Empty).Go(0, 2).Judge(DotVerdict.Right).Judge(DotVerdict.Right).Dot);
    }

    [Fact]
    public void Undo_GoesBackToTheDot()
    {
        var walk = AuditWalk.Begin(Segments, Audit.Empty).Judge(DotVerdict.Right).AddMissed(12.34567, 50);
        Assert.Equal([new MissedPoint(0, 12.346, 50)], walk.Audit.Missed);
        Assert.Equal("Added a missed point: dogs.", walk.Said);
        walk = walk.Undo();
        Assert.Empty(walk.Audit.Missed);
        Assert.Equal((0, 2), walk.Dot);
        walk = walk.Undo();
        Assert.Equal(((0, 1), "Undone. Back at dogs, 1 of 2."), (walk.Dot, walk.Said));
        Assert.Equal("There is nothing to undo.", walk.Undo().Said);
    }

    [Theory]
    [InlineData(-0.1, 5)]
    [InlineData(5, 100.1)]
    [InlineData(double.NaN, 5)]
    public void AddMissed_BesideThePhoto_AddsNothing(double x, double y)
        => Assert.True(AuditWalk.Begin(Segments, Audit.Empty).AddMissed(x, y).Audit.IsEmpty);

    [Fact]
    public void Go_ToNoDotOfTheAnswer_Stays()
        => Assert.Equal((0, 1), AuditWalk.Begin(Segments, Audit.Empty).Go(9, 1).Dot);

    [Theory]
    [InlineData(37, 35, 2, 1, "37 claimed, 35 confirmed, 2 wrong, 1 missed. Precision 95 %, recall 97 %.")]
    [InlineData(37, 4, 0, 0, "37 claimed, 4 checked, 4 confirmed, 0 wrong, 0 missed. Precision 100 %, recall 100 %.")]
    [InlineData(1000, 999, 1, 1, "1000 claimed, 999 confirmed, 1 wrong, 1 missed. Precision 99 %, recall 99 %.")]
    [InlineData(3, 0, 3, 0, "3 claimed, 0 confirmed, 3 wrong, 0 missed. Precision 0 %.")]
    [InlineData(3, 0, 0, 2, "3 claimed, 0 checked, 0 confirmed, 0 wrong, 2 missed. Recall 0 %.")]
    [InlineData(3, 0, 0, 0, "3 claimed, 0 checked, 0 confirmed, 0 wrong, 0 missed.")]
    public void Sentence_OfAResult_SaysWhatIsKnown(int claimed, int confirmed, int wrong, int missed, string expected)
        => Assert.Equal(expected, AuditWords.Sentence(new AuditResult(claimed, confirmed, wrong, missed)));

    [Fact]
    public void Layer_InAnyCulture_MarksDotsAndPlacesWithoutTouchingTheModels()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(1, 12.5, 99);
            var page = Render<ImageViewer>(parameters => parameters
                .Add(viewer => viewer.Source, "/img/abc")
                .Add(viewer => viewer.Alt, "A photo").Add(viewer => viewer.Width, 800).Add(viewer => viewer.Height, 600)
                .Add(viewer => viewer.Segments, Segments)
                .Add(viewer => viewer.Audit, audit).Add(viewer => viewer.IsStatic, true));
            var marks = page.FindAll("[data-verdict]");
            Assert.Equal(["right", "wrong", "missed"], marks.Values("data-verdict"));
            Assert.Equal(["dogs, 1 of 2: right", "dogs, 2 of 2: wrong", "Missed: cats"], marks.Values("aria-label"));
            Assert.Equal("left:12.5%;top:99%", marks[2].GetAttribute("style"));
            Assert.Equal(3, page.Tests("point").Count);
            Assert.Empty(page.Tests("audit-open"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static PointSegment Group(int group, string name, int points)
        => new(
            group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n, n))], name, name, IsComplete: true);
}
