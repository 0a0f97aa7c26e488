namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Whether new questions are taken; who runs the server closes it. Running answers go on. In memory only: open again
/// after a restart.
/// </summary>
internal sealed class Intake
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private volatile bool _isClosed;

    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <exception cref="ChatRefusedException">It is closed.</exception>
    public void ThrowIfClosed()
    {
        if (IsClosed)
            throw new ChatRefusedException(ChatFault.Unavailable, new IntakeClosed(), Patience);
    }
}
