using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnnouncementTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ChatTurn _turn = new(GenerationId.New(), "How many dogs?", null);
    private long _seq;

    [Fact]
    public void Update_WholeAnswer_SaysBeginPointsNowAndThenAndOneCleanSummary()
    {
        var announcement = new Announcement(_time);
        Assert.True(announcement.Update(_turn));
        Assert.Equal("Generating.", announcement.Text);

        Apply(seq => new Started(seq, FakeAnswer.Stamp, null));
        Apply(seq => new TextDelta(seq, "Counting the "));
        Apply(seq => new PointFound(seq, 0, 1, 12.5, 40));
        Assert.False(announcement.Update(_turn));
        _time.Advance(TimeSpan.FromSeconds(6));
        Apply(seq => new PointFound(seq, 0, 2, 13.5, 41));
        Assert.True(announcement.Update(_turn));
        Assert.Equal("2 points so far.", announcement.Text);
        Assert.False(announcement.Update(_turn));

        Apply(seq => new PointGroupEnded(seq, 0, "dogs", "dogs"));
        Apply(seq => new TextDelta(seq, " shows a total of 2."));
        Apply(seq => new Ended(seq, EndReason.Finished, new TokenUsage(1, 1), new GenerationTimings(0, 0, 0, 0, 0)));
        Assert.True(announcement.Update(_turn));
        Assert.Equal("Answer ready: Counting the dogs shows a total of 2. 2 points in 1 group.", announcement.Text);
        Assert.False(announcement.Update(_turn));
    }

    [Fact]
    public void Update_AnswerEndedBefore_SaysNothing()
    {
        Apply(seq => new Ended(seq, EndReason.Finished, new TokenUsage(1, 1), new GenerationTimings(0, 0, 0, 0, 0)));
        var announcement = new Announcement(_time);
        Assert.False(announcement.Update(_turn));
        Assert.Empty(announcement.Text);
    }

    [Theory]
    [InlineData(false, "Answer ready: Counting. You stopped here. What was written is kept.")]
    [InlineData(true, "Answer ready: Counting. You stopped here. What was written is kept.")]
    public void Update_Stopped_IsSaidOnEveryPage(bool leavesFailures, string said)
    {
        var announcement = new Announcement(_time, leavesFailures);
        announcement.Update(_turn);
        Apply(seq => new TextDelta(seq, "Counting."));
        Apply(seq => new Ended(seq, EndReason.Stopped, new TokenUsage(1, 1), new GenerationTimings(0, 0, 0, 0, 0)));
        Assert.True(announcement.Update(_turn));
        Assert.Equal(said, announcement.Text);
    }

    [Theory]
    [InlineData(false, "The model stopped.")]
    [InlineData(true, "")]
    public void Update_Failed_IsSaidOnce(bool leavesFailures, string said)
    {
        var announcement = new Announcement(_time, leavesFailures);
        announcement.Update(_turn);
        Apply(seq => new Failed(seq, "engine_failed", new EarlierWords("The model stopped."), false));
        Assert.True(announcement.Update(_turn));
        Assert.Equal(said, announcement.Text);
    }

    private void Apply(Func<long, GenerationEvent> e) => _turn.Answer.Apply(e(++_seq));
}
