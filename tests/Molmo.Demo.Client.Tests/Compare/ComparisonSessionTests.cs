using Molmo.Demo.Client.Compare;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Tests.Compare;

public class ComparisonSessionTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();
    private readonly FakeVotes _votes = new();

    [Fact]
    public Task Run_TwoSettings_ComparesDotsAndKeepsTheVoteUnderWhatWasCompared() => OnPage.RunAsync(async () =>
    {
        await using var session = await OpenAsync();
        session.Sides.B.Temperature = 0.7;
        session.Sides.B.MaxCrops = 24;
        _chat.Answering = (question, answer) =>
        {
            answer.Start().Text("I see ").Point(0, 1, 10, 10);
            if (question.Sampling.Temperature > 0) answer.Point(0, 2, 80, 80);
            else answer.Point(0, 2, 30, 30);
            answer.EndGroup(0, "dogs", "dogs").End();
        };
        Assert.False(session.CanVote);
        await session.RunAsync();

        Assert.Equal((1, 1, 1), (session.Diff!.Matched.Length, session.Diff.OnlyA.Length, session.Diff.OnlyB.Length));
        Assert.Equal(80, session.Diff.OnlyB[0].X);
        Assert.Equal(_chat.Questions[0].Conversation, _chat.Questions[1].Conversation);
        Assert.All(_chat.Questions, question => Assert.Equal(new TurnPlace(), question.Place));
        Assert.Equal((0.7, 24), (_chat.Questions[1].Sampling.Temperature, _chat.Questions[1].Prompt!.MaxCrops));
        Assert.Equal(("A", "B"), (session.NameOf(true), session.NameOf(false)));

        await session.VoteAsync(Verdict.B);
        await session.VoteAsync(Verdict.Tie);
        var vote = Assert.Single(_votes.Kept.Values);
        Assert.Equal(
            new Vote("molmo-tiny 3f2a91c0ffee · float32 · greedy",
                "molmo-tiny 3f2a91c0ffee · float32 · temperature 0.7 · 24 crops", Verdict.Tie, IsBlind: false),
            vote);
        Assert.True(session.IsRated);
    });

    [Fact]
    public Task Run_Blind_HidesWhichIsWhichUntilTheVoteInBothOrders() => OnPage.RunAsync(async () =>
    {
        var firstAsked = new HashSet<double>();
        for (var seed = 0; seed < 12; seed++)
        {
            _chat.Questions.Clear();
            _votes.Kept.Clear();
            await using var session = await OpenAsync(seed);
            session.Sides.B.Temperature = 1;
            session.IsBlind = true;
            _chat.Answering = (_, answer) => answer.Start().Text("Two.").End();
            await session.RunAsync();
            Assert.Equal(("First", "Second"), (session.NameOf(true), session.NameOf(false)));
            var isSwapped = _chat.Questions[0].Sampling.Temperature > 0;
            firstAsked.Add(_chat.Questions[0].Sampling.Temperature);
            await session.VoteAsync(Verdict.A);
            Assert.Equal(isSwapped ? "B" : "A", session.NameOf(true));
            var vote = _votes.Kept.Values.Single();
            Assert.Equal((isSwapped, true), (vote.A.Contains("temperature 1", StringComparison.Ordinal), vote.IsBlind));
        }
        Assert.Equal(2, firstAsked.Count);
    });

    [Fact]
    public Task Run_WithoutPhotoQuestionOrAnswer_SaysWhatIsMissing() => OnPage.RunAsync(async () =>
    {
        await using var session = Create(1);
        await session.RunAsync();
        Assert.Equal(CompareWords.NoPhoto, session.Refusal);
        await session.TakePhotoAsync(_images.Add().Id);
        await session.RunAsync();
        Assert.Equal(CompareWords.NoQuestion, session.Refusal);
        Assert.Empty(_chat.Questions);

        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        _chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, new EarlierWords("The queue is full."));
        await session.RunAsync();
        Assert.Equal(("The queue is full.", false), (session.Refusal, session.CanVote));

        _chat.Answering = (_, answer) => answer.Start().Fail("It broke.");
        await session.RunAsync();
        Assert.False(session.CanVote);
        await session.VoteAsync(Verdict.A);
        Assert.Empty(_votes.Kept);
        Assert.Empty(session.Diff!.Matched);
    });

    [Fact]
    public Task Stop_DuringTheFirst_DoesNotAskTheSecond() => OnPage.RunAsync(async () =>
    {
        await using var session = await OpenAsync();
        _chat.Answering = (_, answer) => answer.Start().Text("Once");
        var running = session.RunAsync();
        await OnPage.UntilAsync(() => session.Turns.First is { Answer.LastSeq: 2 });
        Assert.True(session.IsRunning);
        await session.StopAsync();
        await running;
        Assert.Single(_chat.Questions);
        Assert.False(session.CanVote);
    });

    private async Task<ComparisonSession> OpenAsync(int seed = 1)
    {
        var session = Create(seed);
        await session.TakePhotoAsync(_images.Add().Id);
        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        return session;
    }

    private ComparisonSession Create(int seed)
        => new(_chat, _images, _votes, TimeProvider.System, VisitorId.New(), new Random(seed));
}
