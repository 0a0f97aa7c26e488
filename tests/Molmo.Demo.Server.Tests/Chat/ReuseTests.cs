using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>
/// What later questions find computed, and what they must not: in the whole program with the real engine.
/// </summary>
public sealed class ReuseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FollowUp_InTheSameChat_FindsPhotoAndFirstTurn()
    {
        await using var app = new MolmoApplication(("Molmo:Model", TinyModels.Conversing(_folder)));
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(_ann));
        var chat = ConversationId.New();
        var first = await app.AskAsync(_ann, image, "How many are there?", chat);
        var before = engine.Reuse;
        var second = await app.AskAsync(_ann, image, "Point to all of them.", chat);

        Assert.True(second.PromptTokens > first.PromptTokens);
        Assert.InRange(
            engine.Reuse.ReusedPositions - before.ReusedPositions, first.PromptTokens, second.PromptTokens - 1);
        Assert.Equal(before.PicturesEncoded, engine.Reuse.PicturesEncoded);
    }

    [Fact]
    public async Task Question_AboutAPhotoThatAnotherVisitorAskedAbout_FindsIt()
    {
        await using var app = new MolmoApplication();
        var engine = await app.EngineAsync();
        var first = await app.AskAsync(_ann, await app.TakeAsync(_ann), "How many are there?");
        var before = engine.Reuse;
        var second = await app.AskAsync(_ben, await app.TakeAsync(_ben), "How many are there?");

        Assert.Equal(first.Text, second.Text);
        Assert.Equal(before.PicturesEncoded, engine.Reuse.PicturesEncoded);
        // All but the last token, from which the answer follows.
        Assert.Equal(first.PromptTokens - 1, engine.Reuse.ReusedPositions - before.ReusedPositions);
    }

    [Fact]
    public async Task Chat_WithoutTrace_SharesWithNobodyAndLeavesNothing()
    {
        await using var app = new MolmoApplication();
        var (engine, chats) = (await app.EngineAsync(), app.Services.GetRequiredService<PrivateChats>());
        var open = await app.AskAsync(_ann, await app.TakeAsync(_ann), "How many are there?");
        var before = engine.Reuse;

        var chat = chats.Begin(_ben);
        var image = await app.TakeAsync(_ben, chat);
        await app.Services.GetRequiredService<IChatService>().LookAsync(_ben, chat, image.Id, Cancel);
        Assert.Equal(before.PicturesEncoded + 1, engine.Reuse.PicturesEncoded);
        Assert.Equal(before.ReusedPositions, engine.Reuse.ReusedPositions);
        // As the hub does, which knows of no chat.
        await app.LookAsync(_ben, image);
        var looked = engine.Reuse;
        Assert.Equal(before.PicturesEncoded + 1, looked.PicturesEncoded);

        var secret = await app.AskAsync(_ben, image, "How many are there?", chat);
        Assert.Equal(open.Text, secret.Text);
        Assert.Equal(looked.PicturesEncoded, engine.Reuse.PicturesEncoded);
        Assert.InRange(engine.Reuse.ReusedPositions - looked.ReusedPositions, 1, secret.ImageTokens + 1);
        var other = chats.Begin(_ann);
        await app.AskAsync(_ann, await app.TakeAsync(_ann, other), "How many are there?", other);
        Assert.Equal(looked.PicturesEncoded + 1, engine.Reuse.PicturesEncoded);

        chats.End(chat);
        chats.End(other);
        await engine.UntilAsync(reuse => IsAs(before, reuse));
    }

    [Theory]
    [InlineData("128")]
    // Room for the crops of no photo at all: the engine remembers longer.
    [InlineData("1")]
    public async Task Photo_Deleted_LeavesNothingOnceNobodyHasIt(string megabytes)
    {
        await using var app = new MolmoApplication(("Molmo:Images:CropMegabytes", megabytes));
        var engine = await app.EngineAsync();
        await app.AskAsync(_ann, await app.TakeAsync(_ann, scene: 1), "How many are there?");
        var before = engine.Reuse;
        var (own, hers) = (await app.TakeAsync(_ann), await app.TakeAsync(_ben));
        var first = await app.AskAsync(_ann, own, "How many are there?");
        var kept = engine.Reuse;
        Assert.True(kept.KeptBlocks > before.KeptBlocks);

        Assert.True(await app.Store.DeleteAsync(_ann, own.Id, Cancel));
        var second = await app.AskAsync(_ben, hers, "How many are there?");
        Assert.Equal(kept.PicturesEncoded, engine.Reuse.PicturesEncoded);
        Assert.Equal(first.PromptTokens - 1, engine.Reuse.ReusedPositions - kept.ReusedPositions);
        Assert.Equal(first.Text, second.Text);

        Assert.True(await app.Store.DeleteAsync(_ben, hers.Id, Cancel));
        await engine.UntilAsync(reuse => IsAs(before, reuse));
    }

    [Fact]
    public async Task Photo_DeletedWhileItsAnswerIsWritten_LeavesNothingAfterIt()
    {
        using var gate = new Gate();
        await using var app = gate.Application();
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(_ann));
        var before = engine.Reuse;
        gate.Close();
        var asking = app.AskAsync(_ann, image, "How many are there?");
        await gate.ReachedAsync();
        Assert.True(await app.Store.DeleteAsync(_ann, image.Id, Cancel));
        gate.Open();
        var answer = await asking;
        Assert.True(answer.AnswerTokens > 0);
        await engine.UntilAsync(reuse => IsAs(before, reuse));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Photo_GoneBetweenItsCropsAndTheEngine_LeavesNothingEither(bool isPassing)
    {
        await using var app = new MolmoApplication();
        var chats = app.Services.GetRequiredService<PrivateChats>();
        ConversationId? passing = isPassing ? chats.Begin(_ann) : null;
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(_ann, passing));
        var before = engine.Reuse;
        var model = await app.Services.GetRequiredService<EngineHost>().Loaded;
        var assignment = new Assignment(
            GenerationId.New(), _ann, passing ?? ConversationId.New(), "How many are there?", image,
            SamplingChoice.Greedy, [], 0, null)
        {
            IsPrivate = isPassing,
        };
        var prepared = await app.Services.GetRequiredService<QuestionPreparation>()
            .PrepareAsync(model, assignment, Cancel);

        if (passing is { } chat) chats.End(chat);
        else Assert.True(await app.Store.DeleteAsync(_ann, image.Id, Cancel));
        Assert.NotEmpty(await prepared.Updates.ToListAsync());

        Assert.Equal(before.PicturesEncoded + 1, engine.Reuse.PicturesEncoded);
        await engine.UntilAsync(reuse => IsAs(before, reuse));
    }

    private static bool IsAs(ReuseStatistics before, ReuseStatistics now)
        => (before.KeptBlocks, before.Pictures, before.PictureBytes)
            == (now.KeptBlocks, now.Pictures, now.PictureBytes);
}
