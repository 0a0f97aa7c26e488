namespace Molmo.Demo.Shared.Tests.Chat;

public sealed class AnswerTests
{
    private const string Text =
        """Counting the <points x1="1.0" y1="2.0" x2="3.0" y2="4.0" alt="ducks">ducks</points> shows a total of 2.""";

    private static readonly EngineStamp Stamp = new(
        "molmo-tiny", "abc", "float32", new EarlierWords("CPU"), "1.0", SamplingChoice.Greedy);
    private static readonly TokenUsage Usage = new(10, 20);
    private static readonly GenerationTimings Timings = new(1, 2, 3, 4, 5);

    [Theory]
    [InlineData(Text)]
    [InlineData("""<point x="1" y="2" alt="never closed""")]
    [InlineData("""<point x="1" y="2" alt="A">not clos""")]
    [InlineData("""<point x="101" y="2" alt="A">T</point></point> a < b""")]
    [InlineData("""<point x="1" y="2" alt="A">a <point x="3" y="4" alt="B">b</point>""")]
    [InlineData("")]
    public void Apply_EventsOfAText_GivesTheSegmentsOfThatText(string text)
    {
        foreach (var reason in Enum.GetValues<EndReason>())
        {
            var answer = new Answer();
            foreach (var e in Journal(text, reason)) answer.Apply(e);

            var parsed = PointMarkupParser.Parse(text);
            Assert.Equal(Markup.Markup.Describe(parsed), Markup.Markup.Describe(answer.Segments));
            Assert.Equal(AnswerText.Clean(parsed), answer.CleanText);
            Assert.Equal(Markup.Markup.Points(parsed).Length, answer.PointCount);
        }
    }

    [Fact]
    public void Apply_WholeAnswer_GoesThroughItsStates()
    {
        var answer = new Answer();
        Assert.Equal(AnswerState.Queued, answer.State);

        answer.Apply(new Queued(1, 3, 12.5));
        Assert.Equal((AnswerState.Queued, 3), (answer.State, answer.Queue!.Position));

        answer.Apply(new Started(2, Stamp, null));
        Assert.Equal((AnswerState.Streaming, null), (answer.State, answer.Queue));

        answer.Apply(new Noted(3, NoteCode.HistoryShortened, "Two turns."));
        answer.Apply(new TextDelta(4, "Hello"));
        answer.Apply(new TextDelta(5, " there"));
        Assert.Equal("Hello there", Assert.IsType<TextSegment>(Assert.Single(answer.Segments)).Text);

        answer.Apply(new Ended(6, EndReason.Stopped, Usage, Timings));
        Assert.Equal((AnswerState.Done, 6), (answer.State, answer.LastSeq));
        Assert.Equal(Stamp, answer.Start!.Stamp);
        Assert.Equal(NoteCode.HistoryShortened, Assert.Single(answer.Notes).Code);
    }

    [Theory]
    [InlineData(EndReason.Finished, AnswerState.Done)]
    [InlineData(EndReason.Length, AnswerState.Done)]
    [InlineData(EndReason.Stopped, AnswerState.Done)]
    [InlineData(EndReason.Interrupted, AnswerState.Interrupted)]
    public void Apply_End_GivesTheStateOfItsReason(EndReason reason, AnswerState expected)
    {
        var answer = new Answer();
        answer.Apply(new Ended(1, reason, Usage, Timings));
        Assert.Equal(expected, answer.State);
        Assert.Equal(reason, answer.Ended!.Reason);
    }

    [Fact]
    public void Apply_Failure_KeepsTheText()
    {
        var answer = new Answer();
        answer.Apply(new TextDelta(1, "so far"));
        answer.Apply(new Failed(2, "engine_failed", new EarlierWords("The model stopped."), Retryable: true));

        Assert.Equal((AnswerState.Failed, "so far"), (answer.State, answer.CleanText));
        Assert.True(answer.Failure!.Retryable);
    }

    [Fact]
    public void Apply_EventTakenBefore_IsIgnored()
    {
        var answer = new Answer();
        var journal = Journal(Text, EndReason.Finished);
        foreach (var e in journal) answer.Apply(e);
        foreach (var e in journal) answer.Apply(e);

        Assert.Equal(2, answer.PointCount);
        Assert.Equal("Counting the ducks shows a total of 2.", answer.CleanText);
    }

    [Fact]
    public void Apply_EventAfterAGap_Throws()
    {
        var answer = new Answer();
        answer.Apply(new TextDelta(1, "a"));
        Assert.Throws<ArgumentException>(() => answer.Apply(new TextDelta(3, "c")));
        Assert.Equal(("a", 1), (answer.CleanText, answer.LastSeq));
    }

    /// <summary>What a job writes for this text when it comes in pieces of three characters.</summary>
    private static List<GenerationEvent> Journal(string text, EndReason reason)
    {
        var found = new List<GenerationEvent>();
        var parser = new PointMarkupParser();
        foreach (var piece in text.Chunk(3)) parser.Append(piece, found);
        parser.Complete(found);

        var journal = new List<GenerationEvent> { new Started(1, Stamp, null) };
        foreach (var e in found) journal.Add(e with { Seq = journal.Count + 1 });
        journal.Add(new Ended(journal.Count + 1, reason, Usage, Timings));
        return journal;
    }
}
