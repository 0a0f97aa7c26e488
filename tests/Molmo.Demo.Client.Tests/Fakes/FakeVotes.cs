using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Votes in memory.</summary>
internal sealed class FakeVotes : IVoteStore
{
    /// <summary>By comparison.</summary>
    public Dictionary<GenerationId, Vote> Kept { get; } = [];

    public Task KeepAsync(GenerationId comparison, Vote vote, CancellationToken cancellationToken)
    {
        Kept[comparison] = vote;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<Vote>> ListAsync(CancellationToken cancellationToken)
        => Task.FromResult<ImmutableArray<Vote>>([.. Kept.Values]);
}
