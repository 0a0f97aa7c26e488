using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Preview pictures of links, drawn when first asked for and kept in memory, the most recent ones.</summary>
internal sealed class SharePreviews : IDisposable
{
    private readonly ShareStore _shares;
    private readonly ImageStore _images;
    private readonly RecentBytes<ShareId> _recent = new(64);

    public SharePreviews(ShareStore shares, ImageStore images)
    {
        (_shares, _images) = (shares, images);
        shares.Changed += _recent.Forget;
    }

    /// <summary>JPEG of 1200 x 630; null where the link is unknown or withdrawn.</summary>
    public async Task<byte[]?> FindAsync(ShareId id, CancellationToken cancellationToken)
    {
        if (await _shares.FindAsync(id, cancellationToken) is not { } shared) return null;
        return await _recent.FindAsync(id, async () =>
        {
            var preview = await DrawAsync(shared, cancellationToken);
            // What was withdrawn or changed meanwhile was forgotten before it was drawn: it must not be kept now.
            if (await _shares.FindAsync(id, cancellationToken) is not { } still) return null;
            if (still.ShowsPhotoInPreview == shared.ShowsPhotoInPreview) _recent.Keep(id, preview);
            return still.ShowsPhotoInPreview || !shared.ShowsPhotoInPreview ? preview : null;
        }, cancellationToken);
    }

    public void Dispose() => _recent.Dispose();

    private async Task<byte[]> DrawAsync(SharedConversation shared, CancellationToken cancellationToken)
    {
        var (turn, groups) = Choose(shared);
        if (turn is { Picture: not null } && !shared.ShowsPhotoInPreview)
            return await Task.Run(
                () => PreviewCard.DrawWithoutPhoto(turn.Width, turn.Height, groups), cancellationToken);
        var photo = turn is { Picture: { } shown } && _shares.FindImage(shared.Id, shown) is { } found
            ? await _images.LoadAsync(found.Hash, cancellationToken) : null;
        return await Task.Run(() => PreviewCard.Draw(photo, groups), cancellationToken);
    }

    // The first answer that points, else the first with a picture.
    private static (SharedTurn? Turn, ImmutableArray<PointSegment> Groups) Choose(SharedConversation shared)
    {
        foreach (var turn in shared.Turns)
        {
            if (turn.Picture is null) continue;
            ImmutableArray<PointSegment> groups =
                [.. turn.ReadAnswer().OfType<PointSegment>().Where(group => group.Points.Length > 0)];
            if (groups.Length > 0) return (turn, groups);
        }
        return (shared.Turns.FirstOrDefault(turn => turn.Picture is not null), []);
    }
}
