namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>One live link over the answers of a <see cref="FakeChat"/>.</summary>
internal sealed class FakeLive(FakeChat chat) : ILiveService
{
    /// <summary>The link there is; null without one.</summary>
    public LiveLink? Link { get; private set; }

    /// <summary>What is watched; null where it is over.</summary>
    public LiveConversation? Watched { get; set; }

    public Task<LiveLink> StartAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
    {
        Link ??= new LiveLink(LiveId.New(), new DateTimeOffset(2026, 11, 21, 16, 0, 0, TimeSpan.Zero));
        return Task.FromResult(Link);
    }

    public Task<LiveLink?> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken) => Task.FromResult(Link);

    public Task<bool> EndAsync(VisitorId visitor, LiveId id, CancellationToken cancellationToken)
    {
        var isEnded = Link?.Id == id;
        if (isEnded) Link = null;
        return Task.FromResult(isEnded);
    }

    public Task<LiveConversation?> WatchAsync(LiveId id, CancellationToken cancellationToken)
        => Task.FromResult(Watched);

    public IAsyncEnumerable<GenerationEvent> ReadAsync(
        LiveId id, GenerationId answer, long fromSeq, CancellationToken cancellationToken)
        => chat.ReadAsync(default, answer, fromSeq, cancellationToken);
}
