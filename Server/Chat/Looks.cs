using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Photos that are being looked at before anybody asks: one a visitor, the newest, and not many in all.
/// </summary>
internal sealed class Looks
{
    /// <summary>Beyond it, whoever comes waits until the question.</summary>
    private const int Most = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<VisitorId, Look> _looks = [];

    /// <param name="files">Ends looks at photos whose bytes are gone.</param>
    /// <param name="chats">Ends those in conversations without trace that are over.</param>
    public Looks(ImageFiles files, PrivateChats chats)
    {
        files.Deleted += hash => End(photo => photo.Private is null && photo.Image.ContentHash == hash);
        chats.Ended += conversation => End(photo => photo.Private == conversation);
    }

    /// <summary>
    /// Begins one and ends the visitor's earlier one. A photo that was deleted just before is not noticed here: the
    /// caller looks once more whether it is there.
    /// </summary>
    /// <param name="photo">What is looked at.</param>
    /// <param name="cancellationToken">Ends it too.</param>
    /// <returns>To be disposed at its end; cancelled from the start where there are too many.</returns>
    public Look Begin(AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        var visitor = photo.Visitor;
        var look = new Look(this, photo, cancellationToken);
        Look? earlier;
        var isOneTooMany = false;
        lock (_gate)
        {
            _looks.Remove(visitor, out earlier);
            isOneTooMany = _looks.Count >= Most;
            if (!isOneTooMany) _looks[visitor] = look;
        }

        earlier?.Cancel();
        if (isOneTooMany) look.Cancel();
        return look;
    }

    private void End(Predicate<AwaitedPhoto> isMeant)
    {
        List<Look> meant;
        lock (_gate) meant = [.. _looks.Values.Where(look => isMeant(look.Photo))];
        meant.ForEach(look => look.Cancel());
    }

    /// <summary>A photo being looked at.</summary>
    internal sealed class Look(Looks looks, AwaitedPhoto photo, CancellationToken cancellationToken) : IDisposable
    {
        private readonly CancellationTokenSource _end =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        public AwaitedPhoto Photo => photo;

        public CancellationToken Token => _end.Token;

        public void Dispose()
        {
            lock (looks._gate)
            {
                if (looks._looks.GetValueOrDefault(photo.Visitor) == this) looks._looks.Remove(photo.Visitor);
                _end.Dispose();
            }
        }

        internal void Cancel()
        {
            // One that was disposed meanwhile is over already.
            lock (looks._gate)
            {
                try
                {
                    _ = _end.CancelAsync();
                }
                catch (ObjectDisposedException)
                {
                }
            }
        }
    }
}
