using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>The check of an answer as its page keeps it.</summary>
public class AuditSessionTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeAudits _audits = new();

    [Fact]
    public Task Audit_SavedWhileAnotherStepComes_KeepsTheLast() => OnPage.RunAsync(async () =>
    {
        var stored = Store();
        await using var session = Open();
        await session.OpenAsync(stored.Id);
        var turn = session.Turns.Single();
        var gate = new TaskCompletionSource();
        _audits.Gate = gate.Task;
        var first = Audit.Empty.Judge(0, 1, DotVerdict.Right);
        var second = first.Judge(0, 2, DotVerdict.Wrong);
        var saving = Task.WhenAll(session.AuditAsync(turn, first), session.AuditAsync(turn, second));
        Assert.Same(second, turn.Audit);
        gate.SetResult();
        await saving;
        Assert.Same(second, _audits.Kept[turn.Id]);

        await using var again = Open();
        await again.OpenAsync(stored.Id);
        Assert.Same(second, again.Turns.Single().Audit);
    });

    [Fact]
    public Task Audit_StorageDown_SaysSoAndStaysOnThePage() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.OpenAsync(Store().Id);
        _audits.Refusal = new ChatRefusedException(ChatFault.Unavailable, new EarlierWords("Not kept."));
        await session.AuditAsync(session.Turns.Single(), Audit.Empty.Judge(0, 1, DotVerdict.Right));
        Assert.Equal("Not kept.", session.Refusal);
        Assert.False(session.Turns.Single().Audit.IsEmpty);
    });

    [Fact]
    public Task Audit_OfAChatWithoutTrace_IsOnThePageAlone() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.OpenAsync(Store(isPrivate: true).Id);
        await session.AuditAsync(session.Turns.Single(), Audit.Empty.Judge(0, 1, DotVerdict.Right));
        Assert.False(session.Turns.Single().Audit.IsEmpty);
        Assert.Empty(_audits.Kept);
    });

    private ChatSession Open()
        => new(_chat, _chat, new FakeImages(), TimeProvider.System, VisitorId.New(), new FakePrivateChats(), _audits);

    private StoredConversation Store(bool isPrivate = false)
    {
        var id = GenerationId.New();
        _chat.Add(id).Start().Text("Two.").End();
        var stored = new StoredConversation(
            ConversationId.New(), "Dogs", [new(id, "Dogs?", null, "Two.", true)], id, isPrivate);
        _chat.Store(stored);
        return stored;
    }
}
