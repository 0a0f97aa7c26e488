namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Links in memory.</summary>
internal sealed class FakeShares : IShareService
{
    /// <summary>When every link is made.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly List<(ShareSummary Summary, SharedConversation Copy)> _links = [];

    /// <summary>What the next link will show.</summary>
    public List<SharedTurn> Turns { get; } = [];

    /// <summary>How links were made.</summary>
    public List<ShareChoice> Choices { get; } = [];

    /// <summary>How links were changed.</summary>
    public List<ShareChange> Changes { get; } = [];

    /// <summary>Thrown instead of making or changing a link.</summary>
    public ChatRefusedException? Refusal { get; set; }

    public ShareLifetime UsualLifetime => ShareLifetime.Month;

    public Task<ShareId> CreateAsync(
        VisitorId visitor, ConversationId conversation, ShareChoice choice, CancellationToken cancellationToken)
    {
        if (Refusal is not null) throw Refusal;
        Choices.Add(choice);
        var copy = new SharedConversation(ShareId.New(), Now, [.. Turns], choice.ShowsPhotoInPreview);
        var summary = new ShareSummary(
            copy.Id, conversation, Turns is [var first, ..] ? first.Question : "", Turns.Count, Now,
            Now + choice.Lifetime?.Span, 0,
            choice.Passphrase is not null, choice.ShowsPhotoInPreview, choice.Blurred is { Length: > 0 });
        _links.Insert(0, (summary, copy));
        return Task.FromResult(copy.Id);
    }

    public Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken)
        => Task.FromResult(_links.Select(link => link.Copy).FirstOrDefault(copy => copy.Id == id));

    public Task<IReadOnlyList<ShareSummary>> ListAsync(VisitorId visitor, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<ShareSummary>>([.. _links.Select(link => link.Summary)]);

    public Task<bool> ChangeAsync(
        VisitorId visitor, ShareId id, ShareChange change, CancellationToken cancellationToken)
    {
        if (Refusal is not null) throw Refusal;
        Changes.Add(change);
        var index = _links.FindIndex(link => link.Summary.Id == id);
        if (index < 0) return Task.FromResult(false);
        var (summary, copy) = _links[index];
        _links[index] = (summary with
        {
            ExpiresAt = change.Lifetime is { } lifetime ? Now + lifetime.Span : summary.ExpiresAt,
            HasPassphrase = change.Passphrase is { } words ? words.Length > 0 : summary.HasPassphrase,
            ShowsPhotoInPreview = change.ShowsPhotoInPreview ?? summary.ShowsPhotoInPreview,
        }, copy);
        return Task.FromResult(true);
    }

    public Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken)
        => Task.FromResult(_links.RemoveAll(link => link.Summary.Id == id) > 0);
}
