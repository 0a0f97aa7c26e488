using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Ends the host at SIGTERM, SIGINT or SIGQUIT, and where it is to begin again. Unlike the framework's own, it lets
/// running answers finish before the connections of their readers are closed; a second signal closes them at once.
/// </summary>
internal sealed class DrainingLifetime(
    ChatLifetime chat, IHostApplicationLifetime application, ILogger<DrainingLifetime> log,
    Restart? restart = null) : IHostLifetime, IDisposable
{
    /// <summary>
    /// A lost device has ended all answers, whose last events are on their way: connections closed now would lose them.
    /// </summary>
    private static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _signals = [];
    private int _count;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        restart?.Wanted.Register(() => End(LastEvents));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            chat.Hurry();
            return;
        }
        log.LogInformation("Ending. A second signal ends at once.");
        End(TimeSpan.Zero);
    }

    private void End(TimeSpan wait)
        => Task.WhenAll(chat.DrainAsync(), Task.Delay(wait))
            .ContinueWith(_ => application.StopApplication(), TaskScheduler.Default);
}
