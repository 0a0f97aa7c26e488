using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>What was asked, named or deleted elsewhere is followed, and what is deleted here is gone.</summary>
public class CatchUpTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();
    private readonly VisitorId _visitor = VisitorId.New();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task CatchUp_AskedElsewhere_GoesOnWithItUnlessEditing(bool isEditing) => OnPage.RunAsync(async () =>
    {
        var first = Kept("First?", null);
        var conversation = new StoredConversation(ConversationId.New(), "t", [first]);
        _chat.Store(conversation);
        await using var session = Open();
        await session.OpenAsync(conversation.Id);
        if (isEditing) session.Edit(session.Turns[0]);
        var second = Kept("Second?", first.Id) with { Image = first.Image };
        _chat.Store(conversation with { Turns = [first, second] });

        await session.CatchUpAsync();
        await session.CatchUpAsync();

        Assert.Equal(isEditing ? ["First?"] : ["First?", "Second?"], session.Turns.Select(turn => turn.Question));
        Assert.Equal(isEditing, session.Editing is not null);
        if (isEditing) return;
        Assert.Same(session.Turns[1], session.Shown);
        await OnPage.UntilAsync(() => session.Live is null);
        await session.AskAsync("Third?");
        Assert.Equal(second.Id, _chat.Questions[0].Place!.After);
    });

    [Fact]
    public Task CatchUp_PhotoChosenForTheNextQuestion_LeavesItOnTheStage() => OnPage.RunAsync(async () =>
    {
        var asked = _images.Add();
        var id = GenerationId.New();
        _chat.Add(id).Start().Text("Yes.").End();
        await using var session = Open();
        var photo = _images.Add();
        Assert.True(await session.TakePhotoAsync(photo.Id));
        _chat.Store(new StoredConversation(session.Id, "t", [new StoredTurn(id, "First?", asked, "Yes.", true)]));
        await session.CatchUpAsync();
        Assert.Equal((photo, null), (session.Image, session.Shown));
        Assert.Single(session.Turns);
    });

    [Fact]
    public Task CatchUp_RenamedOrDeletedElsewhere_FollowsTheNameAndLetsGo() => OnPage.RunAsync(async () =>
    {
        var first = Kept("First?", null);
        var second = Kept("Second?", first.Id);
        var conversation = new StoredConversation(ConversationId.New(), "t", [first, second]);
        _chat.Store(conversation);
        await using var session = Open();
        await session.OpenAsync(conversation.Id);

        _chat.Store(conversation with { Title = "My berries" });
        await session.CatchUpAsync();
        Assert.Equal("My berries", session.Title);

        _chat.Store(conversation with { Turns = [first] });
        await session.CatchUpAsync();
        Assert.Equal("First?", Assert.Single(session.Turns).Question);
        Assert.Same(session.Turns[0], session.Shown);
        Assert.False(session.IsGone);

        await _chat.DeleteAsync(_visitor, conversation.Id, TestContext.Current.CancellationToken);
        await session.CatchUpAsync();
        Assert.True(session.IsGone);
        Assert.Equal((0, null, null), (session.Turns.Count, session.Title, session.Shown));
    });

    [Fact]
    public Task Delete_TheLastAnswers_GoesBackToWhatIsLeftAndThenBeginsAnew() => OnPage.RunAsync(async () =>
    {
        var first = Kept("First?", null);
        var second = Kept("Second?", first.Id);
        var conversation = new StoredConversation(ConversationId.New(), "t", [first, second]);
        _chat.Store(conversation);
        await using var session = Open();
        await session.OpenAsync(conversation.Id);
        Assert.Equal([false, true], session.Turns.Select(session.CanDelete));

        await session.DeleteAsync(session.Turns[1]);
        Assert.Equal("First?", Assert.Single(session.Turns).Question);
        Assert.Equal([$"delete answer {second.Id}", $"show {first.Id}"], _chat.Changes);
        Assert.True(session.CanDelete(session.Turns[0]));

        var picture = session.Image;
        await session.DeleteAsync(session.Turns[0]);
        Assert.Equal((0, null, picture, false),
            (session.Turns.Count, session.Title, session.Image, session.IsGone));
        Assert.NotEqual(conversation.Id, session.Id);
    });

    private StoredTurn Kept(string question, GenerationId? parent)
    {
        var id = GenerationId.New();
        _chat.Add(id).Start().Text("Yes.").End();
        return new StoredTurn(id, question, _images.Add(), "Yes.", true) { Parent = parent };
    }

    private ChatSession Open() => new(_chat, _chat, _images, TimeProvider.System, _visitor);
}
