using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing.Exports;

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
        var turn = Choose(shared);
        if (turn is { Copied.Picture: not null } && !shared.ShowsPhotoInPreview)
            return await Task.Run(() => PreviewCard.DrawWithoutPhoto(turn), cancellationToken);
        var photo = turn is { Copied.Picture: { } shown } && _shares.FindImage(shared.Id, shown) is { } found
            ? await _images.LoadAsync(found.Hash, cancellationToken) : null;
        return await Task.Run(() => PreviewCard.Draw(photo, turn), cancellationToken);
    }

    // The first answer that points, else the first with a picture, else the first.
    private static ExportTurn? Choose(SharedConversation shared)
    {
        var turns = shared.Turns.Select((turn, index) => ExportTurn.Of(index + 1, turn, null)).ToList();
        return turns.Find(turn => turn.Copied.Picture is not null && turn.Groups.Length > 0)
            ?? turns.Find(turn => turn.Copied.Picture is not null) ?? turns.FirstOrDefault();
    }
}
