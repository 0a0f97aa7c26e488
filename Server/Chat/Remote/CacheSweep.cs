using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// Removes what an inference machine no longer needs: questions, answers and pictures belong to the web machine, which
/// has its own copy and asks for nothing older than a running answer.
/// </summary>
internal sealed class CacheSweep(
    ChatStore store, ImageCache pictures, MolmoOptions options, TimeProvider time,
    ILogger<CacheSweep> log) : BackgroundService
{
    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var keep = options.KeepFor is { } limit && limit < Keep ? limit : Keep;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var before = time.GetUtcNow() - keep;
            try
            {
                await Task.Run(() => store.DeleteEndedBefore(before), stoppingToken);
                await pictures.DeleteUnusedBefore(before, stoppingToken);
            }
            catch (SqliteException e)
            {
                log.LogWarning(e, "Old answers could not be removed; tried again in an hour.");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
