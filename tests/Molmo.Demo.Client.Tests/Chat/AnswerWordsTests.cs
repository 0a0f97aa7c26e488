using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnswerWordsTests
{
    [Theory]
    [InlineData(
        3, 40.0, "3 people are ahead of you, about 40 seconds. You can close this tab; the answer will be here.")]
    [InlineData(1, 0.2, "1 person is ahead of you, about 1 second. You can close this tab; the answer will be here.")]
    [InlineData(0, null, "You are next. You can close this tab; the answer will be here.")]
    [InlineData(
        2, 91.0, "2 people are ahead of you, about 2 minutes. You can close this tab; the answer will be here.")]
    [InlineData(2, double.NaN, "2 people are ahead of you. You can close this tab; the answer will be here.")]
    public void Queue_Position_SaysHowManyAreAheadAndHowLong(int position, double? seconds, string expected)
        => Assert.Equal(expected, AnswerWords.Queue(new Queued(1, position, seconds)));

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void Cost_AnyCulture_IsWrittenTheSame(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var ended = new Ended(
                9, EndReason.Finished, new TokenUsage(1200, 1041), new GenerationTimings(0, 0, 0, 1949, 0));
            Assert.Equal("1.9 s · 1041 tokens", AnswerWords.Cost(ended));
            Assert.Equal("1041 tokens", AnswerWords.Cost(ended with { Timings = new(0, 0, 0, 0, 0) }));
            Assert.Null(AnswerWords.Cost(ended with { Usage = ended.Usage with { AnswerTokens = 0 } }));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Ending_EveryReasonButFinished_HasItsOwnSentence()
    {
        var sentences = Enum.GetValues<EndReason>().Select(reason => AnswerWords.Ending(reason, 9)).ToList();
        Assert.Null(AnswerWords.Ending(EndReason.Finished, 9));
        Assert.Equal(3, sentences.OfType<string>().Distinct().Count());
        Assert.Contains("9 points", AnswerWords.Ending(EndReason.Interrupted, 9), StringComparison.Ordinal);
    }

    [Fact]
    public void Note_EveryCode_IsASentence()
        => Assert.All(Enum.GetValues<NoteCode>(),
            code => Assert.EndsWith(".", AnswerWords.Note(new Noted(1, code, "Detail.")), StringComparison.Ordinal));

    [Theory]
    [InlineData(EndReason.Finished, 3)]
    [InlineData(EndReason.Stopped, 2)]
    [InlineData(EndReason.Length, 2)]
    public void OutputNotes_TagOpenAtTheEnd_IsRemarkedOnlyWhereTheModelEnded(EndReason reason, int expected)
    {
        var answer = new Answer();
        answer.Apply(new Noted(1, NoteCode.PointOutOfRange, "101, 5"));
        answer.Apply(new Noted(2, NoteCode.PointOutOfRange, "102, 5"));
        answer.Apply(new Noted(3, NoteCode.BrokenTag, "The answer ended inside the opening of a tag."));
        answer.Apply(new Ended(4, reason, new TokenUsage(1, 1), new GenerationTimings(1, 1, 1, 1, 1)));

        Assert.Equal(expected, AnswerWords.OutputNotes(answer).Count());
        Assert.Empty(AnswerWords.Notes(answer));
    }
}
