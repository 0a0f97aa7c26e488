namespace Molmo.Demo.Client.Chat;

/// <summary>
/// Lets the model look at the photo on a page's stage before the question comes, until another takes its place or the
/// page goes.
/// </summary>
internal sealed class PhotoLook(IChatService chat, VisitorId visitor) : IDisposable
{
    private CancellationTokenSource? _look;
    private ImageId? _image;

    /// <summary>Begins with a photo; the one before is given up.</summary>
    public void Follow(ConversationId conversation, ImageId image)
    {
        if (_image == image) return;
        Dispose();
        _image = image;
        _look = new CancellationTokenSource();
        _ = chat.LookAsync(visitor, conversation, image, _look.Token);
    }

    public void Dispose()
    {
        _look?.Cancel();
        _look?.Dispose();
        _look = null;
        _image = null;
    }
}
