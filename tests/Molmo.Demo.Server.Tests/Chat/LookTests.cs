using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Looking at a photo before it is asked about, in the whole program with the real engine.</summary>
public sealed class LookTests
{
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Look_ThenQuestion_ComputesOnlyWhatIsItsOwnAndAnswersTheSame()
    {
        const string text = "Point to the penguins.";
        await using var plain = new MolmoApplication();
        await using var app = new MolmoApplication();
        var expected = await plain.AskAsync(_ann, await plain.TakeAsync(_ann), text);
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(_ann));
        var before = engine.Reuse;

        await app.LookAsync(_ann, image);
        var looked = engine.Reuse;
        var answer = await app.AskAsync(_ann, image, text);
        var asked = engine.Reuse;

        Assert.Equal(expected.Text, answer.Text);
        Assert.Equal(before.PicturesEncoded + 1, looked.PicturesEncoded);
        Assert.Equal(looked.PicturesEncoded, asked.PicturesEncoded);
        var beginning = (int)(looked.ComputedPositions - before.ComputedPositions);
        Assert.InRange(beginning, answer.ImageTokens + 1, answer.PromptTokens - 1);
        Assert.Equal(beginning, asked.ReusedPositions - looked.ReusedPositions);
        Assert.Equal(answer.PromptTokens - beginning, asked.ComputedPositions - looked.ComputedPositions);
        // There is nothing left to look at.
        await app.LookAsync(_ann, image);
        Assert.Equal(asked.PicturesEncoded, engine.Reuse.PicturesEncoded);
    }

    [Fact]
    public async Task Look_AtForeignOrUnknownPhotos_DoesNothing()
    {
        await using var app = new MolmoApplication();
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(_ann));
        var before = engine.Reuse;
        var chat = app.Services.GetRequiredService<IChatService>();

        await app.LookAsync(VisitorId.New(), image);
        foreach (var unknown in (ImageId[])[ImageId.New(), new("../../etc/passwd"), new(""), default])
            await chat.LookAsync(_ann, ConversationId.New(), unknown, Cancel);
        await chat.LookAsync(_ann, ConversationId.New(), image.Id, new CancellationToken(canceled: true));

        Assert.Equal(before, engine.Reuse);
    }

    [Theory]
    [InlineData("taken back")]
    [InlineData("deleted")]
    [InlineData("its chat deleted")]
    [InlineData("its chat without trace over")]
    public async Task Look_PhotoIsGone_EndsAndLeavesNothing(string how)
    {
        using var gate = new Gate();
        await using var app = gate.Application();
        var engine = await app.EngineAsync();
        var chats = app.Services.GetRequiredService<PrivateChats>();
        ConversationId? passing = how.Contains("trace", StringComparison.Ordinal) ? chats.Begin(_ann) : null;
        var image = await app.TakeAsync(_ann, passing);
        var seeded = app.Seed(_ann, ("How many?", "Two.", passing is null ? image.Id.Value : null, EndReason.Finished));
        var before = engine.Reuse;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        gate.Close();
        var look = app.Services.GetRequiredService<IChatService>()
            .LookAsync(_ann, passing ?? ConversationId.New(), image.Id, end.Token);
        await gate.ReachedAsync();

        switch (how)
        {
            case "taken back":
                await end.CancelAsync();
                break;
            case "deleted":
                Assert.True(await app.Store.DeleteAsync(_ann, image.Id, Cancel));
                break;
            case "its chat deleted":
                Assert.True(await app.Services.GetRequiredService<IConversationStore>()
                    .DeleteAsync(_ann, new ConversationId(seeded), Cancel));
                break;
            default:
                chats.End(passing!.Value);
                break;
        }

        await look.WaitAsync(Sequences.Hang, Cancel);
        gate.Open();
        // The engine had begun with it, and nothing else.
        await engine.UntilAsync(
            reuse => reuse.PicturesEncoded == before.PicturesEncoded + 1 && IsAs(before, reuse));
        Assert.Equal(before.ComputedPositions, engine.Reuse.ComputedPositions);
    }

    [Fact]
    public async Task Look_AnotherPhotoComes_EndsTheFirst()
    {
        using var gate = new Gate();
        await using var app = gate.Application();
        var engine = await app.EngineAsync();
        var (image, other) = (await app.TakeAsync(_ann), await app.TakeAsync(_ann, scene: 1));
        var before = engine.Reuse;
        gate.Close();
        var first = app.LookAsync(_ann, image);
        await gate.ReachedAsync();
        var second = app.LookAsync(_ann, other);
        await first.WaitAsync(Sequences.Hang, Cancel);
        Assert.False(second.IsCompleted);
        gate.Open();
        await second.WaitAsync(Sequences.Hang, Cancel);
        await engine.UntilAsync(reuse => reuse.Pictures == before.Pictures + 1);

        var encoded = engine.Reuse.PicturesEncoded;
        await app.AskAsync(_ann, other, "How many?");
        Assert.Equal(encoded, engine.Reuse.PicturesEncoded);
        await app.AskAsync(_ann, image, "How many?");
        Assert.Equal(encoded + 1, engine.Reuse.PicturesEncoded);
    }

    [Fact]
    public async Task Look_OnAWebMachine_IsTheInferenceMachinesAndEndsThere()
    {
        await using var machines = await Machines.StartAsync();
        var image = await machines.Web.AddImageAsync(_ann);
        await machines.Web.Service.LookAsync(_ann, ConversationId.New(), image.Id, Cancel);
        var photo = Assert.Single(machines.Model.Looked);
        Assert.Equal((_ann, image.ContentHash, null), (photo.Visitor, photo.Image.ContentHash, photo.Isolation));

        machines.Model.BeforeLook = cancel => Task.Delay(Timeout.Infinite, cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var look = machines.Web.Service.LookAsync(_ann, ConversationId.New(), image.Id, end.Token);
        await Sequences.UntilAsync(() => machines.Model.Looking == 1, "it is looked at there");
        await end.CancelAsync();
        await look.WaitAsync(Sequences.Hang, Cancel);
        await Sequences.UntilAsync(() => machines.Model.Looking == 0, "the look ends there");

        // Deleted here, while the other machine keeps its copy for a while.
        look = machines.Web.Service.LookAsync(_ann, ConversationId.New(), image.Id, Cancel);
        await Sequences.UntilAsync(() => machines.Model.Looking == 1, "it is looked at there");
        await machines.Web.Services.GetRequiredService<Molmo.Demo.Server.Images.ImageStore>()
            .DeleteAsync(_ann, image.Id, Cancel);
        await look.WaitAsync(Sequences.Hang, Cancel);
        await Sequences.UntilAsync(() => machines.Model.Looking == 0, "the look ends there");
    }

    [Fact]
    public async Task Look_ByTheHub_IsForTheCallersPhotoAndEndsWithTheStream()
    {
        await using var chat = await ChatApplication.StartAsync();
        var foreign = await chat.AddImageAsync(_ann);
        await using var hub = await RawHub.ConnectAsync(chat.Address, Cancel);
        foreach (var argument in (string[])[$"\"{foreign.Id}\",null", "null,null", "\"\",\"x\""])
        {
            await hub.SendAsync(
                $$"""{"type":4,"invocationId":"1","target":"Look","arguments":[{{argument}}]}""", Cancel);
            Assert.DoesNotContain("error", await hub.ReceiveAsync("\"type\":3", Cancel), StringComparison.Ordinal);
        }

        Assert.Empty(chat.Model.Looked);
        Assert.DoesNotContain(chat.Log.All, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    private static bool IsAs(ReuseStatistics before, ReuseStatistics now)
        => (before.KeptBlocks, before.Pictures, before.PictureBytes)
            == (now.KeptBlocks, now.Pictures, now.PictureBytes);
}
