using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>What the person thinks of an answer as its page keeps it.</summary>
public class RatingSessionTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeRatings _ratings = new();

    [Fact]
    public Task Rate_ThenOpenedAgain_IsThereUntilTakenBack() => OnPage.RunAsync(async () =>
    {
        var id = Store();
        await using var session = Open();
        await session.OpenAsync(id);
        var turn = session.Turns.Single();
        Assert.Null(turn.Rating);
        await session.RateAsync(turn, Rating.Bad);
        await session.RateAsync(turn, Rating.Good);

        await using var again = Open();
        await again.OpenAsync(id);
        Assert.Equal(Rating.Good, again.Turns.Single().Rating);
        await again.RateAsync(again.Turns.Single(), null);
        Assert.Null(again.Turns.Single().Rating);
        Assert.Empty(_ratings.Kept);
    });

    [Fact]
    public Task Rate_StorageDown_SaysSoAndShowsWhatIsKept() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.OpenAsync(Store());
        var turn = session.Turns.Single();
        await session.RateAsync(turn, Rating.Bad);
        _ratings.Refusal = new ChatRefusedException(ChatFault.Unavailable, new EarlierWords("Not kept."));
        await session.RateAsync(turn, Rating.Good);
        Assert.Equal("Not kept.", session.Refusal);
        Assert.Equal(Rating.Bad, turn.Rating);
    });

    [Fact]
    public Task Rate_InAChatWithoutTrace_IsOnThePageAlone() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.OpenAsync(Store(isPrivate: true));
        await session.RateAsync(session.Turns.Single(), Rating.Good);
        Assert.Equal(Rating.Good, session.Turns.Single().Rating);
        Assert.Empty(_ratings.Kept);
    });

    private ChatSession Open() => new(
        _chat, _chat, new FakeImages(), TimeProvider.System, VisitorId.New(), new FakePrivateChats(),
        ratings: _ratings);

    private ConversationId Store(bool isPrivate = false)
    {
        var id = GenerationId.New();
        _chat.Add(id).Start().Text("Two.").End();
        var stored = new StoredConversation(
            ConversationId.New(), "Dogs", [new(id, "Dogs?", null, "Two.", true)], id, isPrivate);
        _chat.Store(stored);
        return stored.Id;
    }
}
