using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Tests.Storage;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Who copies from the database waits until it has what pages have seen.</summary>
public sealed class KeptAnswersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StoredAsync_AnswerHasJustEnded_CompletesWhenTheDatabaseHasIt()
    {
        await using var chat = await ChatApplication.StartAsync();
        var (ann, conversation) = (VisitorId.New(), ConversationId.New());
        var id = await chat.Service.StartAsync(ann, Ask(conversation), Cancel);
        await chat.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync();

        await Stored(chat).StoredAsync(conversation, Cancel);
        Assert.Equal("One two three.", TextOf(chat, id));
        await Stored(chat).StoredAsync(id, Cancel);
    }

    [Slow]
    [Fact]
    public async Task StoredAsync_AnswerIsStillWritten_DoesNotWaitForIt()
    {
        await using var chat = await ChatApplication.StartAsync();
        using var gate = chat.Model.HoldSteps();
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(VisitorId.New(), Ask(conversation), Cancel);

        await Stored(chat).StoredAsync(conversation, Cancel).WaitAsync(Sequences.Hang, Cancel);
        await Stored(chat).StoredAsync(id, Cancel).WaitAsync(Sequences.Hang, Cancel);
        Assert.True(chat.Service.Active.Single().Assignment.Id == id);
    }

    [Fact]
    public async Task StoredAsync_StorageFails_DoesNotHang()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        using var disk = new FaultyDisk(data);
        await using var chat = await ChatApplication.StartAsync(data: data);
        using var gate = chat.Model.HoldSteps();
        var (ann, conversation) = (VisitorId.New(), ConversationId.New());
        var id = await chat.Service.StartAsync(ann, Ask(conversation), Cancel);
        disk.Arm(1, SQLitePCL.raw.SQLITE_FULL, isLasting: true);
        gate.Release(100);
        await chat.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync();

        await Stored(chat).StoredAsync(conversation, Cancel).WaitAsync(Sequences.Hang, Cancel);
        Assert.NotEqual("One two three.", TextOf(chat, id));
        disk.Heal();
    }

    private static Question Ask(ConversationId conversation)
        => new(conversation, "How many?", null, SamplingChoice.Greedy);

    private static IKeptAnswers Stored(ChatApplication chat) => chat.Services.GetRequiredService<IKeptAnswers>();

    private static string TextOf(ChatApplication chat, GenerationId id)
    {
        using var connection = chat.Database.Open();
        return connection.ExecuteScalar<string>("SELECT text FROM generations WHERE id = @id", new { id = id.Value })!;
    }
}
