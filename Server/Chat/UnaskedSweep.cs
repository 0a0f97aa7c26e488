using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>Removes pictures that were put on a stage and never asked about, once an hour: no conversation leads to them, so nobody could delete them.</summary>
internal sealed class UnaskedSweep(ConversationLibrary conversations, TimeProvider time, ILogger<UnaskedSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await conversations.SweepUnaskedAsync(stoppingToken);
            }
            catch (Exception e) when (StorageFault.Of(e) is not null)
            {
                log.LogWarning(e, "Pictures that nobody asked about could not be removed; tried again in an hour.");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
