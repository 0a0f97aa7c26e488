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

    /// <summary>Begins one and ends the visitor's earlier one.</summary>
    /// <param name="visitor">Who has the photo.</param>
    /// <param name="cancellationToken">Ends it too.</param>
    /// <returns>To be disposed at its end; cancelled from the start where there are too many.</returns>
    public Look Begin(VisitorId visitor, CancellationToken cancellationToken)
    {
        var look = new Look(this, visitor, cancellationToken);
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

    /// <summary>A photo being looked at.</summary>
    internal sealed class Look(Looks looks, VisitorId visitor, CancellationToken cancellationToken) : IDisposable
    {
        private readonly CancellationTokenSource _end =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        public CancellationToken Token => _end.Token;

        public void Dispose()
        {
            lock (looks._gate)
            {
                if (looks._looks.GetValueOrDefault(visitor) == this) looks._looks.Remove(visitor);
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
