using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Shared.Tests.Audits;

public class AuditTests
{
    private static readonly AnswerSegment[] Segments =
    [
        new TextSegment("There are "), Group(0, 3), Group(1, 1),
    ];

    [Fact]
    public void Judge_SameDotTwice_LastVerdictCountsAndUndoBringsTheFirstBack()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 1, DotVerdict.Wrong);
        Assert.Equal(DotVerdict.Wrong, audit.Verdicts[(0, 1)]);
        Assert.Same(audit, audit.Judge(0, 1, DotVerdict.Wrong));
        Assert.Equal(DotVerdict.Right, audit.Undo().Verdicts[(0, 1)]);
        Assert.True(audit.Undo().Undo().IsEmpty);
        Assert.True(Audit.Empty.Undo().IsEmpty);
    }

    [Fact]
    public void Undo_MissedPoint_TakesThatBackAndNoVerdict()
    {
        var audit = Audit.Empty.Judge(1, 1, DotVerdict.Right).AddMissed(1, 12.5, 99);
        Assert.Equal([new MissedPoint(1, 12.5, 99)], audit.Missed);
        var undone = audit.Undo();
        Assert.Empty(undone.Missed);
        Assert.Equal(DotVerdict.Right, undone.Verdicts[(1, 1)]);
    }

    [Fact]
    public void Result_AsInTheBook_HasPrecisionAndRecall()
    {
        var audit = Enumerable.Range(1, 37)
            .Aggregate(Audit.Empty, (before, n) => before.Judge(0, n, n <= 35 ? DotVerdict.Right : DotVerdict.Wrong))
            .AddMissed(0, 1, 2);
        var result = AuditResult.Of([Group(0, 37)], audit);
        Assert.Equal(new AuditResult(37, 35, 2, 1), result);
        Assert.Equal(
            (37, true, 35.0 / 37, 35.0 / 36), (result.Checked, result.IsComplete, result.Precision, result.Recall));
    }

    [Fact]
    public void Result_PartlyChecked_CountsWhatTheAnswerHasOnly()
    {
        var audit = Audit.Empty.Judge(0, 2, DotVerdict.Right)
            .Judge(0, 9, DotVerdict.Right).Judge(7, 1, DotVerdict.Wrong);
        var result = AuditResult.Of(Segments, audit);
        Assert.Equal(new AuditResult(4, 1, 0, 0), result);
        Assert.False(result.IsComplete);
    }

    [Fact]
    public void Result_NothingToDivideBy_IsUnknown()
    {
        var none = AuditResult.Of(Segments, Audit.Empty);
        Assert.Equal((null, null), (none.Precision, none.Recall));
        var wrong = AuditResult.Of(Segments, Audit.Empty.Judge(0, 1, DotVerdict.Wrong));
        Assert.Equal((0.0, null), (wrong.Precision, wrong.Recall));
        var missed = AuditResult.Of(Segments, Audit.Empty.AddMissed(0, 1, 1));
        Assert.Equal((null, 0.0), (missed.Precision, missed.Recall));
    }

    [Fact]
    public void Judge_ForeverToAndFro_StaysBoundedAndKeepsWhatCounts()
    {
        var audit = Audit.Empty.AddMissed(0, 1, 1).Judge(0, 2, DotVerdict.Wrong);
        for (var i = 0; i <= Audit.MostSteps; i++)
            audit = audit.Judge(0, 1, i % 2 == 0 ? DotVerdict.Right : DotVerdict.Wrong);
        Assert.InRange(audit.Steps.Length, 1, Audit.MostSteps);
        Assert.True(audit.IsValid);
        Assert.Equal((DotVerdict.Right, DotVerdict.Wrong, 1),
            (audit.Verdicts[(0, 1)], audit.Verdicts[(0, 2)], audit.Missed.Length));
    }

    [Fuzz(500)]
    public void Steps_AnyOrder_AreValidUndoneOneByOneAndReadBack((byte Dot, bool IsRight, bool IsMissed)[] done)
    {
        var made = new Stack<Audit>([Audit.Empty]);
        foreach (var (dot, isRight, isMissed) in done)
        {
            var before = made.Peek();
            var (group, n) = (dot % 3, 1 + (dot / 3 % 4));
            var audit = isMissed
                ? before.AddMissed(group, dot / 2.55, n)
                : before.Judge(group, n, isRight ? DotVerdict.Right : DotVerdict.Wrong);
            if (audit != before) made.Push(audit);
        }
        var last = made.Peek();
        Assert.True(last.IsValid);
        Assert.Equal(last.Steps, JsonSerializer.Deserialize<Audit>(
            JsonSerializer.Serialize(last, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!.Steps);
        for (var undone = last; made.TryPop(out var expected); undone = undone.Undo())
            Assert.Equal(expected.Steps, undone.Steps);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"steps":[{"group":0,"n":1,"verdict":"Right"},{"group":0,"x":0,"y":100}]}""", true)]
    [InlineData("""{"steps":[{"group":-1,"n":1,"verdict":"Right"}]}""", false)]
    [InlineData("""{"steps":[{"group":0,"n":0,"verdict":"Right"}]}""", false)]
    [InlineData("""{"steps":[{"group":0,"n":1}]}""", false)]
    [InlineData("""{"steps":[{"group":0,"n":1,"verdict":7}]}""", false)]
    [InlineData("""{"steps":[{"group":0,"x":100.5,"y":1}]}""", false)]
    [InlineData("""{"steps":[{"group":0,"x":1}]}""", false)]
    [InlineData("""{"steps":[null]}""", false)]
    public void IsValid_OfWhatWasRead_SaysWhetherItCanHaveBeenMade(string json, bool expected)
        => Assert.Equal(expected, JsonSerializer.Deserialize<Audit>(json, JsonSerializerOptions.Web)!.IsValid);

    [Fact]
    public void Json_ThereAndBack_IsTheSame()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Wrong).AddMissed(2, 1.25, 99.5);
        var json = JsonSerializer.Serialize(audit, JsonSerializerOptions.Web);
        Assert.Equal(audit.Steps, JsonSerializer.Deserialize<Audit>(json, JsonSerializerOptions.Web)!.Steps);
        Assert.DoesNotContain("isValid", json, StringComparison.Ordinal);
    }

    private static PointSegment Group(int group, int count)
        => new(group, [.. Enumerable.Range(1, count).Select(n => new ImagePoint(n, n, n))], "dots", "dots", true);
}
