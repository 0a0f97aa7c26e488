namespace Molmo.Demo.Client.Sharing;

/// <summary>A live link as the source of answers: they can be read and nothing else.</summary>
internal sealed class LiveReader(ILiveService live, LiveId id) : IChatService
{
    public IAsyncEnumerable<GenerationEvent> ReadAsync(VisitorId visitor, GenerationId answer, long fromSeq, CancellationToken cancellationToken)
        => live.ReadAsync(id, answer, fromSeq, cancellationToken);

    public Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken) => throw ReadOnly();

    public Task StopAsync(VisitorId visitor, GenerationId answer, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken) => Task.FromResult(new QueueStatus(0, 0, null, Ready: true, null));

    private static ChatRefusedException ReadOnly() => new(ChatFault.Invalid, new WatchingOnly());
}
