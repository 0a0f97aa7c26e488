using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Removes what is not kept any longer, at the start and then regularly: pictures that were put on a stage and never
/// asked about (no conversation leads to them, so nobody could delete them), and conversations whose time is over where
/// the server keeps them for a time only.
/// </summary>
internal sealed class KeepingSweep(
    ConversationLibrary conversations, MolmoOptions options, TimeProvider time,
    ILogger<KeepingSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Where people are told a number of hours: nothing stays much longer than they say.</summary>
    private static readonly TimeSpan LimitedInterval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.KeepFor is null ? Interval : LimitedInterval, time);
        do
        {
            try
            {
                await conversations.SweepUnaskedAsync(stoppingToken);
                if (options.KeepFor is { } span
                    && await conversations.DeleteIdleAsync(span, stoppingToken) is > 0 and var count)
                    log.LogInformation(
                        "{Count} conversations were removed: nothing had been asked in them for {Hours} hours.", count,
                        options.KeepHours);
            }
            catch (Exception e) when (StorageFault.Of(e) is not null || e is ChatRefusedException)
            {
                log.LogWarning(e, "What is not kept any longer could not be removed; tried again with the next sweep.");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
