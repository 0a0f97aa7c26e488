using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Ratings in memory, whoever asks.</summary>
internal sealed class FakeRatings : IRatingStore
{
    /// <summary>By answer.</summary>
    public Dictionary<GenerationId, Rating> Kept { get; } = [];

    public ChatRefusedException? Refusal { get; set; }

    public Task<ImmutableDictionary<GenerationId, Rating>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(Kept.ToImmutableDictionary());

    public Task SaveAsync(
        VisitorId visitor, GenerationId answer, Rating? rating, CancellationToken cancellationToken)
    {
        if (Refusal is not null) throw Refusal;
        if (rating is { } given) Kept[answer] = given;
        else Kept.Remove(answer);
        return Task.CompletedTask;
    }
}
