using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public sealed class ConversationLibraryTests
{
    private const string Secret = "zebra-crossing-4711";

    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delete_AConversation_LeavesNeitherTextNorPictureInTheFolder()
    {
        await using var app = new MolmoApplication();
        var library = app.Services.GetRequiredService<IConversationStore>();
        var image = (await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
        var conversation = new ConversationId(
            app.Seed(_ann, [.. Enumerable.Range(0, 40).Select(i => ($"{Secret} question {i}",
                $"{Secret} {new string('x', 3000)}", (string?)image.Id.Value, (EndReason?)EndReason.Finished))]));
        var kept = new ConversationId(app.Seed(_ann, ("kept question", "kept answer", null, EndReason.Finished)));
        await library.RenameAsync(_ann, conversation, $"{Secret} title", Cancel);
        var picture = await app.Store.ReadStoredAsync(image.ContentHash, Cancel);
        Assert.True(IsAnywhere(app, Encoding.UTF8.GetBytes(Secret)));
        Assert.True(IsAnywhere(app, picture!.AsSpan(1000, 64).ToArray()));

        Assert.False(await library.DeleteAsync(_ben, conversation, Cancel));
        Assert.True(await library.DeleteAsync(_ann, conversation, Cancel));
        Assert.False(IsAnywhere(app, Encoding.UTF8.GetBytes(Secret)));
        Assert.False(IsAnywhere(app, picture.AsSpan(1000, 64).ToArray()));
        Assert.Empty(app.ImageFiles);
        Assert.Null(await library.FindAsync(_ann, conversation, Cancel));
        Assert.NotNull(await library.FindAsync(_ann, kept, Cancel));
        Assert.False(await library.DeleteAsync(_ann, conversation, Cancel));
    }

    [Fact]
    public async Task Delete_WithAPictureThatSomethingElseUses_KeepsItsBytes()
    {
        await using var app = new MolmoApplication();
        var library = app.Services.GetRequiredService<IConversationStore>();
        var shares = app.Services.GetRequiredService<IShareService>();
        var image = (await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
        var first = new ConversationId(app.Seed(_ann, ("one", "two", image.Id.Value, EndReason.Finished)));
        var second = new ConversationId(app.Seed(_ann, ("three", "four", image.Id.Value, EndReason.Finished)));
        await library.DeleteAsync(_ann, first, Cancel);
        Assert.NotNull(await app.Store.FindAsync(_ann, image.Id, Cancel));
        Assert.Equal(image.Id, (await library.FindAsync(_ann, second, Cancel))!.Turns[0].Image!.Id);

        var link = await shares.CreateAsync(_ann, second, ShareChoice.Plain, Cancel);
        await library.DeleteAsync(_ann, second, Cancel);
        Assert.Null(await app.Store.FindAsync(_ann, image.Id, Cancel));
        Assert.Single(app.ImageFiles);
        await shares.RevokeAsync(_ann, link, Cancel);
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public async Task Delete_WhileAnAnswerIsWritten_StopsItFirst()
    {
        await using var chat = await ChatApplication.StartAsync();
        var library = chat.Services.GetRequiredService<IConversationStore>();
        using var gate = chat.Model.HoldSteps();
        chat.Model.Script = _ => Enumerable.Repeat(Secret, 1000);
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(
            _ann, new Question(conversation, "Tell me", null, SamplingChoice.Greedy), Cancel);
        gate.Release(5);
        await Sequences.UntilAsync(() => chat.Model.Steps == 5, "it writes");
        Assert.True((await library.ListAsync(_ann, null, 10, Cancel)).Single().IsRunning);
        var deleting = library.DeleteAsync(_ann, conversation, Cancel);
        gate.Release(5);
        Assert.True(await deleting);
        await Sequences.UntilAsync(() => chat.Model.Running == 0, "it stopped");
        Assert.InRange(chat.Model.Steps, 5, 10);
        await Sequences.UntilAsync(() => chat.Service.OwnerOfAsync(id, Cancel).Result is null, "it is unknown");
        Assert.Empty(await library.ListAsync(_ann, null, 10, Cancel));
        using var connection = chat.Database.Open();
        Assert.Equal(0, connection.ExecuteScalar<long>("SELECT COUNT(*) FROM events"));
    }

    [Fact]
    public async Task DeleteAll_OfAVisitor_TakesUnaskedPicturesTooAndNobodyElses()
    {
        await using var app = new MolmoApplication();
        var library = app.Services.GetRequiredService<IConversationStore>();
        await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel);
        app.Seed(_ann, ("one", "two", null, EndReason.Finished));
        app.Seed(_ann, ("one", "two", null, EndReason.Finished));
        var bens = new ConversationId(app.Seed(_ben, ("one", "two", null, EndReason.Finished)));
        Assert.Equal(2, await library.DeleteAllAsync(_ann, Cancel));
        Assert.Empty(app.ImageFiles);
        Assert.NotNull(await library.FindAsync(_ben, bens, Cancel));
    }

    [Fact]
    public async Task SweepUnasked_PicturesOfAnotherDay_GoWithoutThoseAskedAbout()
    {
        await using var app = new MolmoApplication();
        var asked = (await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
        await app.Store.TakeSampleAsync(_ann, "scene-08.jpg", Cancel);
        app.Seed(_ann, ("one", "two", asked.Id.Value, EndReason.Finished));
        var library = app.Services.GetRequiredService<ConversationLibrary>();
        Assert.Equal(0, await library.SweepUnaskedAsync(Cancel));
        using (var connection = app.Database.Open()) connection.Execute("UPDATE images SET created_at = 0");
        Assert.Equal(1, await library.SweepUnaskedAsync(Cancel));
        Assert.Equal([asked.ContentHash], app.ImageFiles.Select(file => Path.GetFileName(file)!));
    }

    [Fact]
    public async Task List_Search_FindsEveryWordInTitleQuestionOrAnswerAsRead()
    {
        await using var app = new MolmoApplication();
        var library = app.Services.GetRequiredService<IConversationStore>();
        app.Seed(_ann, ("How many strawberries?", "100% sure.", null, EndReason.Finished));
        app.Seed(_ann, ("Ein Bild mit ÄPFELN", "Nein.", null, EndReason.Finished));
        var named = new ConversationId(app.Seed(
            _ann, ("And here?", "Counting the <points x1=\"1\" y1=\"2\" alt=\"birds\">penguins</points> shows one.",
                null, EndReason.Finished)));
        Assert.True(await library.RenameAsync(_ann, named, "  My \n holiday ", Cancel));
        app.Seed(_ben, ("How many strawberries?", "Two.", null, EndReason.Finished));
        (string Search, int Found)[] cases =
        [
            ("", 3), ("strawberries", 1), ("STRAWBERRIES how", 1), ("äpfel", 1), ("counting penguins", 1), ("holiday",
                1), ("holiday shows", 1), ("alt", 0), ("100%", 1), ("%", 1), ("_", 0), ("nowhere", 0),
            ("strawberries penguins", 0),
        ];
        foreach (var (search, found) in cases)
        {
            var entries = await library.ListAsync(_ann, search, 10, Cancel);
            Assert.True(found == entries.Length, $"{search}: {entries.Length}");
        }
        Assert.Equal("My holiday", (await library.ListAsync(_ann, "holiday", 10, Cancel)).Single().Title);
        Assert.Single(await library.ListAsync(_ann, null, 1, Cancel));
    }

    [Fact]
    public async Task Rename_WithoutANameOrForeign_ChangesNothing()
    {
        await using var app = new MolmoApplication();
        var library = app.Services.GetRequiredService<IConversationStore>();
        var id = new ConversationId(app.Seed(_ann, ("one", "two", null, EndReason.Finished)));
        await Assert.ThrowsAsync<ChatRefusedException>(() => library.RenameAsync(_ann, id, " \n ", Cancel));
        await Assert.ThrowsAsync<ChatRefusedException>(
            () => library.RenameAsync(_ann, id, new string('x', ChatLimits.TitleCharacters + 1), Cancel));
        Assert.False(await library.RenameAsync(_ben, id, "mine", Cancel));
        Assert.False(await library.RenameAsync(_ann, new ConversationId("../x"), "mine", Cancel));
        Assert.Equal("title", (await library.FindAsync(_ann, id, Cancel))!.Title);
    }

    [Fact]
    public async Task Share_OfAConversationWithVersions_CopiesTheShownOne()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = assignment => [$"Answer to {assignment.Text}"];
        var conversation = ConversationId.New();
        var first = await AskAsync(chat, conversation, "dogs", null);
        var cats = await AskAsync(chat, conversation, "cats", new TurnPlace(first));
        await AskAsync(chat, conversation, "foxes", new TurnPlace(first));
        Assert.Equal([new Turn("dogs", "Answer to dogs")], chat.Model.Asked.Last().History);

        var library = chat.Services.GetRequiredService<IConversationStore>();
        Assert.True(await library.ShowAsync(_ann, conversation, cats, Cancel));
        Assert.False(await library.ShowAsync(_ann, conversation, GenerationId.New(), Cancel));
        Assert.False(await library.ShowAsync(_ben, conversation, cats, Cancel));
        Assert.Equal(cats, (await library.FindAsync(_ann, conversation, Cancel))!.Leaf);
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(
            () => AskAsync(chat, conversation, "birds", new TurnPlace(GenerationId.New())));
        Assert.Equal(ChatFault.Unknown, refusal.Fault);
    }

    [Fact]
    public async Task Share_AfterAnotherVersionWasShown_HoldsThatPathOnly()
    {
        await using var app = new MolmoApplication();
        var conversation =
            app.Seed(_ann, ("first", "a", null, EndReason.Finished), ("second", "b", null, EndReason.Finished));
        using (var connection = app.Database.Open())
        {
            app.Add(_ann, conversation, ("other second", "c", null, EndReason.Finished));
            connection.Execute("UPDATE generations SET parent = (SELECT id FROM generations WHERE question = 'first') "
                + "WHERE question = 'other second'");
        }
        var shares = app.Services.GetRequiredService<IShareService>();
        async Task<IEnumerable<string>> SharedAsync()
            => (await shares.FindAsync(
                await shares.CreateAsync(_ann, new ConversationId(conversation), ShareChoice.Plain, Cancel),
                Cancel))!.Turns.Select(turn => turn.Question);

        Assert.Equal(["first", "other second"], await SharedAsync());
        using (var connection = app.Database.Open())
            connection.Execute(
                "UPDATE conversations SET leaf = (SELECT id FROM generations WHERE question = 'second')");
        Assert.Equal(["first", "second"], await SharedAsync());
    }

    private async Task<GenerationId> AskAsync(
        ChatApplication chat, ConversationId conversation, string text, TurnPlace? place)
    {
        var id = await chat.Service.StartAsync(
            _ann, new Question(conversation, text, null, SamplingChoice.Greedy, Place: place), Cancel);
        await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        return id;
    }

    /// <summary>Whether any file of the data folder holds these bytes.</summary>
    internal static bool IsAnywhere(MolmoApplication app, byte[] bytes)
        => Directory.EnumerateFiles(app.Data, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "lock").Any(file =>
            {
                using var stream = new FileStream(
                    file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                return content.AsSpan().IndexOf(bytes) >= 0;
            });
}
