using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Begins and ends the answers with the host: recovery before the first request, the grace of unread answers, the
/// drain.
/// </summary>
internal sealed class ChatLifetime(
    GenerationService service, PrivateChats privates, JournalWriter writer, MolmoOptions options, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private Task _watch = Task.CompletedTask;
    private Task? _drain;
    private Task? _end;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        privates.Ended += ended => _ = service.EndAnswersAsync(assignment => assignment.Conversation == ended);
        service.Recover();
        writer.Start();
        _watch = WatchAsync();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Takes no new question and returns when the running answers have ended, or their time is over. Called again, it
    /// waits for the same.
    /// </summary>
    public Task DrainAsync()
    {
        lock (_gate) return _drain ??= service.EndAsync(TimeSpan.FromSeconds(options.DrainSeconds), _hurry.Token);
    }

    /// <summary>Ends the drain's patience.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Before the connections of readers are closed, so that they see the ends.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => DrainAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called again, as a host that is stopped from two sides does, it waits for the same.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _end ??= EndAsync();
    }

    public void Dispose()
    {
        _stop.Dispose();
        _hurry.Dispose();
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _watch;
        await writer.StopAsync();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(
            TimeSpan.FromSeconds(Math.Clamp(options.UnreadSeconds / 10.0, 0.1, 5)), time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                service.StopUnread();
                privates.EndAbandoned();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
