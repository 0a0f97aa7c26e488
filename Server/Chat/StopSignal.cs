namespace Molmo.Demo.Server.Chat;

/// <summary>Tells one answer to end early, and why; the first reason counts.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private int _reason = -1;

    public StopSignal() => Token = _source.Token;

    public CancellationToken Token { get; }

    public bool IsRequested => _reason >= 0;

    /// <summary>Meaningful once requested.</summary>
    public EndReason Reason => (EndReason)_reason;

    public void Request(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, -1) != -1) return;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The answer ended by itself in the same moment.
        }
    }

    public void Dispose() => _source.Dispose();
}
