using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Links in memory.</summary>
internal sealed class FakeShares : IShareService
{
    private readonly List<(ConversationId Conversation, SharedConversation Copy)> _links = [];

    /// <summary>What the next link will show.</summary>
    public List<SharedTurn> Turns { get; } = [];

    /// <summary>Thrown instead of making a link.</summary>
    public ChatRefusedException? Refusal { get; set; }

    public Task<ShareId> CreateAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
    {
        if (Refusal is not null) throw Refusal;
        var copy = new SharedConversation(ShareId.New(), new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), [.. Turns]);
        _links.Insert(0, (conversation, copy));
        return Task.FromResult(copy.Id);
    }

    public Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken)
        => Task.FromResult(_links.Select(link => link.Copy).FirstOrDefault(copy => copy.Id == id));

    public Task<IReadOnlyList<ShareId>> ListAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<ShareId>>([.. _links.Where(link => link.Conversation == conversation).Select(link => link.Copy.Id)]);

    public Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken)
        => Task.FromResult(_links.RemoveAll(link => link.Copy.Id == id) > 0);
}
