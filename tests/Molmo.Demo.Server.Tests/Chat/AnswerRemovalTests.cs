using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>One question with its answer is taken out of a conversation, and what is left holds together.</summary>
public sealed class AnswerRemovalTests : IAsyncDisposable
{
    private const string Secret = "zebra-crossing-4711";
    private const string Dogs = "<points x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" alt=\"dogs\">dogs</points>";

    private readonly MolmoApplication _app = new();
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IConversationStore Library => _app.Services.GetRequiredService<IConversationStore>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Delete_TheLastAnswer_TakesItsWordsEventsCheckAndRating()
    {
        var (id, turns) = await SeedAsync(("First?", "One.", null, EndReason.Finished),
            ($"{Secret}?", $"{Secret} {Dogs}", null, EndReason.Finished));
        var last = turns[1].Id;
        await _app.Services.GetRequiredService<IAuditStore>()
            .SaveAsync(_ann, last, Audit.Empty.Judge(0, 1, DotVerdict.Right), Cancel);
        await _app.Services.GetRequiredService<IRatingStore>().SaveAsync(_ann, last, Rating.Good, Cancel);
        Assert.Equal((1, 1), (Count("audits"), Count("ratings")));
        Assert.True(IsAnywhere());

        Assert.True(await Library.DeleteAnswerAsync(_ann, id, last, Cancel));

        Assert.Equal((1, 0, 0), (Count("generations"), Count("audits"), Count("ratings")));
        Assert.Equal(3, Count("events"));
        Assert.False(IsAnywhere());
        Assert.Equal("First?", Assert.Single((await Library.FindAsync(_ann, id, Cancel))!.Turns).Question);
    }

    [Fact]
    public async Task Delete_AnAnswerThatAnotherFollows_ChangesNothing()
    {
        var (id, turns) = await SeedAsync(("First?", "One.", null, EndReason.Finished),
            ("Second?", "Two.", null, EndReason.Finished));
        Assert.False(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        Assert.False(await Library.DeleteAnswerAsync(VisitorId.New(), id, turns[1].Id, Cancel));
        Assert.False(await Library.DeleteAnswerAsync(_ann, ConversationId.New(), turns[1].Id, Cancel));
        Assert.False(await Library.DeleteAnswerAsync(_ann, id, GenerationId.New(), Cancel));
        Assert.Equal(2, Count("generations"));
    }

    [Fact]
    public async Task Delete_AnAnswerBeingWritten_ChangesNothing()
    {
        var (id, turns) = await SeedAsync(("First?", "One.", null, null));
        Assert.False(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        Assert.Equal(1, Count("generations"));
    }

    [Fact]
    public async Task Delete_TheOnlyAnswer_TakesTheConversation()
    {
        var (id, turns) = await SeedAsync((Secret, "One.", null, EndReason.Finished));
        Assert.True(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        Assert.Null(await Library.FindAsync(_ann, id, Cancel));
        Assert.False(IsAnywhere());
    }

    [Fact]
    public async Task Delete_TheFirstOfTwoVersions_ShowsTheOtherAndKeepsNoWordOfItInTheTitle()
    {
        var (id, turns) = await SeedAsync((Secret, "One.", null, EndReason.Finished),
            ("Other words?", "Two.", null, EndReason.Finished));
        Change("UPDATE generations SET parent = NULL");
        Change($"UPDATE conversations SET title = '{Secret}', leaf = '{turns[0].Id}'");
        Assert.True(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        var left = (await Library.FindAsync(_ann, id, Cancel))!;
        Assert.Equal(("Other words?", null), (left.Title, left.Leaf));
        Assert.False(IsAnywhere());
    }

    [Fact]
    public async Task Delete_OfAConversationWithAName_KeepsTheName()
    {
        var (id, turns) = await SeedAsync(("First?", "One.", null, EndReason.Finished),
            ("Second?", "Two.", null, EndReason.Finished));
        Change("UPDATE generations SET parent = NULL");
        Assert.True(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        Assert.Equal("title", (await Library.FindAsync(_ann, id, Cancel))!.Title);
    }

    [Fact]
    public async Task Delete_AnAnswerThatWentOnFromAnother_TakesItsBeginningToo()
    {
        var (id, turns) = await SeedAsync(("First?", "One", null, EndReason.Stopped),
            ("First?", "One two.", null, EndReason.Finished));
        Change($"UPDATE generations SET parent = NULL, continues = '{turns[0].Id}' WHERE id = '{turns[1].Id}'");
        Assert.False(await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel));
        Assert.True(await Library.DeleteAnswerAsync(_ann, id, turns[1].Id, Cancel));
        Assert.Equal((0, 0), (Count("generations"), Count("conversations")));
    }

    [Fact]
    public async Task Changes_RenameAndDelete_AreTold()
    {
        var told = new List<ConversationId?>();
        var (id, turns) = await SeedAsync(("First?", "One.", null, EndReason.Finished),
            ("Second?", "Two.", null, EndReason.Finished));
        using var watch = _app.Services.GetRequiredService<IConversationChanges>().Watch(_ann, told.Add);
        await Library.RenameAsync(_ann, id, "Another", Cancel);
        await Library.DeleteAnswerAsync(_ann, id, turns[0].Id, Cancel);
        await Library.DeleteAnswerAsync(_ann, id, turns[1].Id, Cancel);
        await Library.DeleteAsync(_ann, ConversationId.New(), Cancel);
        await Library.DeleteAsync(_ann, id, Cancel);
        Assert.Equal([id, id, id], told);
        await SeedAsync(("First?", "One.", null, EndReason.Finished));
        await Library.DeleteAllAsync(_ann, Cancel);
        Assert.Null(told[^1]);
        Assert.Equal(4, told.Count);
    }

    private async Task<(ConversationId Id, ImmutableArray<StoredTurn> Turns)> SeedAsync(
        params (string Question, string Answer, string? Image, EndReason? Reason)[] turns)
    {
        var id = new ConversationId(_app.Seed(_ann, turns));
        return (id, (await Library.FindAsync(_ann, id, Cancel))!.Turns);
    }

    private long Count(string table)
    {
        using var connection = _app.Database.Open();
        return connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}");
    }

    private void Change(string sql)
    {
        using var connection = _app.Database.Open();
        connection.Execute(sql);
    }

    private bool IsAnywhere() => ConversationLibraryTests.IsAnywhere(_app, Encoding.UTF8.GetBytes(Secret));
}
