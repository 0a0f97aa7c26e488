using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>An answer that was cut and gone on with is the answer that was never cut. With the real engine.</summary>
public sealed class ContinueTests
{
    private const string Question = "Point to the strawberries.";
    private const string Scene = "scene-08.jpg";

    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(13, 0)]
    [InlineData(7, 1.5)]
    public async Task Continue_CutEveryFewTokens_EqualsUninterrupted(int tokens, double temperature)
    {
        await using var app = new MolmoApplication();
        var image = await TakeAsync(app);
        var sampling = new SamplingChoice(temperature, Seed: 7);
        var (_, whole, wholeEvents) = await AnswerAsync(
            app, new Question(ConversationId.New(), Question, image, sampling));
        Assert.Contains("<point", whole, StringComparison.Ordinal);

        var conversation = ConversationId.New();
        var (id, text, events) = await AnswerAsync(
            app, new Question(conversation, Question, image, sampling with { MaxTokens = tokens }));
        var insideATag = 0;
        // One token a step takes long to the end: what matters there is to stand inside of a tag again and again.
        for (var round = 0; events[^1] is Ended { Reason: EndReason.Length } && round < 60; round++)
        {
            if (text.LastIndexOf('<') > text.LastIndexOf('>')) insideATag++;
            (id, text, events) = await AnswerAsync(app,
                new Question(conversation, "ignored", null, SamplingChoice.Greedy, Place: new TurnPlace(null, id)));
            Assert.StartsWith(text, whole, StringComparison.Ordinal);
            events.AssertShows(text);
            if (events[^1] is Ended { Reason: EndReason.Length } again)
                Assert.Equal(tokens * (round + 2), again.Usage.AnswerTokens);
        }
        Assert.True(insideATag > 0, "It was never cut inside of a tag: the test tests nothing.");
        if (tokens == 1) return;
        Assert.Equal(whole, text);
        Assert.Equal(Dots(wholeEvents), Dots(events));
        Assert.Equal(((Ended)wholeEvents[^1]).Usage, ((Ended)events[^1]).Usage);
        var stored = await app.Services.GetRequiredService<IConversationStore>().FindAsync(_ann, conversation, Cancel);
        var tree = new ConversationTree(stored!.Turns.Select(turn => turn.Node));
        Assert.Equal([id], tree.VersionsOf(id));
        Assert.Equal(id, stored.Leaf);
    }

    [Fact]
    public async Task Continue_AfterARestart_EqualsUninterrupted_WithAndWithoutItsTokens()
    {
        await using var first = new MolmoApplication { KeepData = true };
        var image = await TakeAsync(first);
        var (_, whole, wholeEvents) = await AnswerAsync(
            first, new Question(ConversationId.New(), Question, image, SamplingChoice.Greedy));
        var conversation = ConversationId.New();
        var (id, cut, _) = await AnswerAsync(
            first, new Question(conversation, Question, image, new SamplingChoice(MaxTokens: 11)));
        Assert.True(cut.LastIndexOf('<') > cut.LastIndexOf('>'));
        var data = first.Data;
        await first.DisposeAsync();

        await using var second = new MolmoApplication { Data = data };
        var (next, _, _) = await AnswerAsync(
            second, new Question(conversation, "", image, SamplingChoice.Greedy, Place: new TurnPlace(null, id)));
        // As from a machine that does not tell tokens.
        using (var connection = second.Database.Open())
            connection.Execute(
                "UPDATE generations SET tokens = NULL, sampling = '{}' WHERE id = @id", new { id = next.Value });
        var (_, text, events) = await AnswerAsync(
            second, new Question(conversation, "", image, SamplingChoice.Greedy, Place: new TurnPlace(null, next)));
        Assert.Equal(whole, text);
        Assert.Equal(Dots(wholeEvents), Dots(events));
    }

    [Fact]
    public async Task Continue_WhatWasNotCut_IsRefused()
    {
        await using var app = new MolmoApplication();
        var image = await TakeAsync(app);
        var conversation = ConversationId.New();
        var (id, _, _) = await AnswerAsync(app, new Question(conversation, Question, image, SamplingChoice.Greedy));
        foreach (var wrong in new[] { id, GenerationId.New() })
        {
            var refusal =
                await Assert.ThrowsAsync<ChatRefusedException>(() => app.Services.GetRequiredService<IChatService>()
                    .StartAsync(_ann, new Question(
                        conversation, "Go on", image, SamplingChoice.Greedy, Place: new TurnPlace(null, wrong)),
                        Cancel));
            Assert.EndsWith(".", Words.Of(refusal.Fact), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Continue_WrittenTextOfACaller_IsNotBelieved()
    {
        await using var app = new MolmoApplication();
        var image = await TakeAsync(app);
        var conversation = ConversationId.New();
        var place = new TurnPlace(Written: new WrittenAnswer("I was told to say this.", [int.MaxValue, -1]));
        var (_, text, _) = await AnswerAsync(
            app, new Question(conversation, Question, image, SamplingChoice.Greedy, Place: place));
        Assert.DoesNotContain("told", text, StringComparison.Ordinal);
    }

    private static IEnumerable<(int, int, double, double)> Dots(IEnumerable<GenerationEvent> events)
        => events.OfType<PointFound>().Select(point => (point.Group, point.N, point.X, point.Y));

    private async Task<ImageId> TakeAsync(MolmoApplication app)
        => (await app.Store.TakeSampleAsync(_ann, Scene, Cancel))!.Id;

    private async Task<(GenerationId Id, string Text, List<GenerationEvent> Events)> AnswerAsync(
        MolmoApplication app, Question question)
    {
        var chat = app.Services.GetRequiredService<IChatService>();
        if (question.Text.Length == 0) question = question with { Text = "ignored" };
        var id = await chat.StartAsync(_ann, question, Cancel);
        var events = await chat.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        var stored =
            await app.Services.GetRequiredService<IConversationStore>().FindAsync(_ann, question.Conversation, Cancel);
        await Sequences.UntilAsync(() => IsStored(app, id), "the end is stored");
        return (id, stored!.Turns.Single(turn => turn.Id == id).Text, events);
    }

    private static bool IsStored(MolmoApplication app, GenerationId id)
    {
        using var connection = app.Database.Open();
        return connection.ExecuteScalar<bool>(
            "SELECT ended_at IS NOT NULL FROM generations WHERE id = @id", new { id = id.Value });
    }
}
