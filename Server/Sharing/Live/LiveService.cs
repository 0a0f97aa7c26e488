using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing.Live;

/// <summary>Reads a conversation for those who watch it, over the same journals that its owner's page reads.</summary>
internal sealed class LiveService(
    LiveStore links, IConversationStore conversations, IAuditStore audits, IChatService chat, TimeProvider time)
    : ILiveService
{
    // How soon a reader in the middle of an answer notices that watching was ended.
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    public Task<LiveLink> StartAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(links.Start(visitor, conversation));

    public Task<LiveLink?> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(links.Find(visitor, conversation));

    public Task<bool> EndAsync(VisitorId visitor, LiveId id, CancellationToken cancellationToken)
        => Task.FromResult(links.End(visitor, id));

    public async Task<LiveConversation?> WatchAsync(LiveId id, CancellationToken cancellationToken)
    {
        if (links.FindStanding(id) is not { IsLive: true } standing) return null;
        if (await conversations.FindAsync(standing.Owner, standing.Conversation, cancellationToken) is not { } found)
            return null;
        var checks = await audits.FindAsync(standing.Owner, standing.Conversation, cancellationToken);
        return new LiveConversation([.. Shown(found).Select(turn => new LiveTurn(
            turn.Id, turn.Question, turn.Image, turn.IsEnded, turn.Region, checks.GetValueOrDefault(turn.Id)))]);
    }

    /// <summary>The versions that the owner's page shows.</summary>
    private static IEnumerable<StoredTurn> Shown(StoredConversation conversation)
    {
        var tree = new ConversationTree(conversation.Turns.Select(turn => turn.Node));
        if ((conversation.Leaf ?? tree.Newest) is not { } leaf) return [];
        var path = tree.PathTo(leaf).ToHashSet();
        return conversation.Turns.Where(turn => path.Contains(turn.Id));
    }

    public async IAsyncEnumerable<GenerationEvent> ReadAsync(
        LiveId id, GenerationId answer, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (links.FindStanding(id) is not { IsLive: true } standing || !links.HasAnswer(standing.Conversation, answer))
            throw Over();
        var checkedAt = time.GetTimestamp();
        await foreach (var e in chat.ReadAsync(standing.Owner, answer, fromSeq, cancellationToken))
        {
            if (time.GetElapsedTime(checkedAt) > CheckEvery)
            {
                if (links.FindStanding(id) is not { IsLive: true }) throw Over();
                checkedAt = time.GetTimestamp();
            }
            yield return e;
        }
    }

    private static ChatRefusedException Over() => new(ChatFault.Unknown, new NothingToWatch());
}
