using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Audits in memory, whoever asks.</summary>
internal sealed class FakeAudits : IAuditStore
{
    /// <summary>By answer.</summary>
    public Dictionary<GenerationId, Audit> Kept { get; } = [];

    /// <summary>Holds back each saving until it is done.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public ChatRefusedException? Refusal { get; set; }

    public Task<ImmutableDictionary<GenerationId, Audit>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(Kept.ToImmutableDictionary());

    public async Task SaveAsync(
        VisitorId visitor, GenerationId answer, Audit audit, CancellationToken cancellationToken)
    {
        await Gate;
        if (Refusal is not null) throw Refusal;
        Kept[answer] = audit;
    }
}
