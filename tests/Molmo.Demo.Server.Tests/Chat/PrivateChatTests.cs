using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Chat;

public sealed class PrivateChatTests
{
    private const string Secret = "okapi-4711";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_WithoutTrace_AnswersAndIsInNoFile()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var (id, visitor) = await BeginAsync(app, person);

        var file = Rasters.NoisePng(64, 48);
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/api/images") { Content = new ByteArrayContent(file) };
        request.Headers.Add("X-Private-Chat", id.Value);
        request.Headers.Add("X-File-Name", Secret);
        using var uploaded = await person.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
        var image = (await uploaded.JsonAsync()).Text("id");
        using var shown = await person.GetAsync($"/img/{image}", Cancel);
        Assert.Equal((HttpStatusCode.OK, "no-store"), (shown.StatusCode, shown.Headers.CacheControl!.ToString()));
        var bytes = await shown.Content.ReadAsByteArrayAsync(Cancel);

        var chat = app.Services.GetRequiredService<IChatService>();
        var first = await AskAsync(chat, visitor, new Question(id, $"How many {Secret}?", new ImageId(image),
            new SamplingChoice(MaxTokens: 3), Place: new TurnPlace(IsPrivate: true)));
        await AskAsync(chat, visitor, new Question(
            id, "x", new ImageId(image), SamplingChoice.Greedy, Place: new TurnPlace(null, first, IsPrivate: true)));
        var library = app.Services.GetRequiredService<IConversationStore>();
        var found = await library.FindAsync(visitor, id, Cancel);
        Assert.Equal((true, 2), (found!.IsPrivate, found.Turns.Length));
        Assert.StartsWith(found.Turns[0].Text, found.Turns[1].Text, StringComparison.Ordinal);
        Assert.Null(await library.FindAsync(VisitorId.New(), id, Cancel));
        Assert.Empty(await library.ListAsync(visitor, null, 10, Cancel));
        await Assert.ThrowsAsync<ChatRefusedException>(
            () => app.Services.GetRequiredService<IShareService>().CreateAsync(visitor, id, ShareChoice.Plain, Cancel));

        Assert.Empty(app.ImageFiles);
        Assert.False(ConversationLibraryTests.IsAnywhere(app, Encoding.UTF8.GetBytes(Secret)));
        Assert.False(ConversationLibraryTests.IsAnywhere(app, bytes.AsSpan(bytes.Length / 2, 24).ToArray()));
        Assert.False(ConversationLibraryTests.IsAnywhere(app, Encoding.UTF8.GetBytes(first.Value)));

        using var foreign = app.AsNewVisitor();
        await foreign.GetAsync("/private", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.PostAsync($"/private/{id}/end", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await person.PostAsync($"/private/{id}/end", null, Cancel)).StatusCode);
        using var gone = await person.GetAsync($"/img/{image}", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Null(await library.FindAsync(visitor, id, Cancel));
        await Sequences.UntilAsync(
            () => app.Services.GetRequiredService<GenerationService>().OwnerOfAsync(first, Cancel).Result is null,
            "its answers are gone");
        // A page that does not know yet must not make an ordinary chat of it.
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(() => chat.StartAsync(visitor,
            new Question(id, Secret, null, SamplingChoice.Greedy, Place: new TurnPlace(IsPrivate: true)), Cancel));
        Assert.Contains("nothing of it is left", Words.Of(refusal.Fact), StringComparison.Ordinal);
        using var late =
            new HttpRequestMessage(HttpMethod.Post, "/api/images") { Content = new ByteArrayContent(file) };
        late.Headers.Add("X-Private-Chat", id.Value);
        using var refused = await person.SendAsync(late, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public async Task End_WhileAnAnswerIsWritten_StopsItAndStoresNothing()
    {
        await using var chat = await ChatApplication.StartAsync();
        var visitor = VisitorId.New();
        var chats = chat.Services.GetRequiredService<PrivateChats>();
        using var gate = chat.Model.HoldSteps();
        var id = chats.Begin(visitor);
        await chat.Service.StartAsync(visitor,
            new Question(id, "Tell me", null, SamplingChoice.Greedy, Place: new TurnPlace(IsPrivate: true)), Cancel);
        await Sequences.UntilAsync(() => chat.Model.Running == 1, "it runs");
        chats.End(id);
        gate.Release(10);
        await Sequences.UntilAsync(() => chat.Model.Running == 0 && !chat.Service.Active.Any(), "it stopped");
        using var connection = chat.Database.Open();
        Assert.Equal((0L, 0L), (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM conversations"),
            connection.ExecuteScalar<long>("SELECT COUNT(*) FROM generations")));
    }

    [Fact]
    public void EndAbandoned_WithAndWithoutAPage_EndsAfterTheGraceOnly()
    {
        var time = new FakeTimeProvider();
        var chats = new PrivateChats(time);
        var visitor = VisitorId.New();
        var ended = new List<ConversationId>();
        chats.Ended += ended.Add;
        var (left, held) = (chats.Begin(visitor), chats.Begin(visitor));
        Assert.Null(chats.Hold(VisitorId.New(), held));
        using (chats.Hold(visitor, held))
        {
            time.Advance(PrivateChats.Grace - TimeSpan.FromSeconds(1));
            chats.EndAbandoned();
            Assert.Empty(ended);
            time.Advance(TimeSpan.FromSeconds(2));
            chats.EndAbandoned();
            Assert.Equal([left], ended);
        }
        chats.EndAbandoned();
        Assert.Equal(visitor, chats.OwnerOf(held));
        time.Advance(PrivateChats.Grace + TimeSpan.FromSeconds(1));
        chats.EndAbandoned();
        Assert.Equal([left, held], ended);

        var first = chats.Begin(visitor);
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            chats.Begin(visitor);
        }
        Assert.Null(chats.OwnerOf(first));
    }

    private static async Task<(ConversationId, VisitorId)> BeginAsync(MolmoApplication app, HttpClient person)
    {
        using var begun = await person.GetAsync("/private", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, begun.StatusCode);
        var id = new ConversationId(begun.Headers.Location!.ToString().Split('/')[^1].Split('?')[0]);
        return (id, app.Services.GetRequiredService<PrivateChats>().OwnerOf(id)!.Value);
    }

    private static async Task<GenerationId> AskAsync(IChatService chat, VisitorId visitor, Question question)
    {
        var id = await chat.StartAsync(visitor, question, Cancel);
        (await chat.ReadAsync(visitor, id, 1, Cancel).ToListAsync()).AssertWhole();
        return id;
    }
}
