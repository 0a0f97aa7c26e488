using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Preview pictures of links, drawn when first asked for and kept in memory, the most recent ones.</summary>
internal sealed class SharePreviews : IDisposable
{
    private const int Kept = 64;

    private readonly ShareStore _shares;
    private readonly ImageStore _images;
    private readonly Dictionary<ShareId, byte[]> _drawn = [];
    private readonly Queue<ShareId> _order = new();
    // One at a time: drawing a large photo takes a core for a while, and nobody waits for a preview.
    private readonly SemaphoreSlim _drawing = new(1, 1);

    public SharePreviews(ShareStore shares, ImageStore images)
    {
        _shares = shares;
        _images = images;
        shares.Changed += Forget;
    }

    /// <summary>JPEG of 1200 x 630; null where the link is unknown or withdrawn.</summary>
    public async Task<byte[]?> FindAsync(ShareId id, CancellationToken cancellationToken)
    {
        if (await _shares.FindAsync(id, cancellationToken) is not { } shared) return null;
        if (Known(id) is { } drawn) return drawn;
        await _drawing.WaitAsync(cancellationToken);
        try
        {
            if (Known(id) is { } meanwhile) return meanwhile;
            var preview = await DrawAsync(shared, cancellationToken);
            // What was withdrawn or changed meanwhile was forgotten before it was drawn: it must not be kept now.
            if (await _shares.FindAsync(id, cancellationToken) is not { } still) return null;
            if (still.ShowsPhotoInPreview == shared.ShowsPhotoInPreview) Keep(id, preview);
            return still.ShowsPhotoInPreview || !shared.ShowsPhotoInPreview ? preview : null;
        }
        finally
        {
            _drawing.Release();
        }
    }

    public void Dispose() => _drawing.Dispose();

    private async Task<byte[]> DrawAsync(SharedConversation shared, CancellationToken cancellationToken)
    {
        var (turn, groups) = Choose(shared);
        if (turn is { Picture: not null } && !shared.ShowsPhotoInPreview)
            return await Task.Run(() => PreviewCard.DrawWithoutPhoto(turn.Width, turn.Height, groups), cancellationToken);
        var photo = turn is { Picture: { } shown } && _shares.FindPicture(shared.Id, shown) is { } found ? await _images.LoadAsync(found.Hash, cancellationToken) : null;
        return await Task.Run(() => PreviewCard.Draw(photo, groups), cancellationToken);
    }

    // The first answer that points, else the first with a picture.
    private static (SharedTurn? Turn, ImmutableArray<PointSegment> Groups) Choose(SharedConversation shared)
    {
        foreach (var turn in shared.Turns)
        {
            if (turn.Picture is null) continue;
            ImmutableArray<PointSegment> groups = [.. turn.ReadAnswer().OfType<PointSegment>().Where(group => group.Points.Length > 0)];
            if (groups.Length > 0) return (turn, groups);
        }
        return (shared.Turns.FirstOrDefault(turn => turn.Picture is not null), []);
    }

    private byte[]? Known(ShareId id)
    {
        lock (_drawn) return _drawn.GetValueOrDefault(id);
    }

    private void Keep(ShareId id, byte[] preview)
    {
        lock (_drawn)
        {
            _drawn[id] = preview;
            _order.Enqueue(id);
            while (_order.Count > Kept) _drawn.Remove(_order.Dequeue());
        }
    }

    private void Forget(ShareId id)
    {
        lock (_drawn) _drawn.Remove(id);
    }
}
