using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Every few seconds: stores how often links were opened, and empties those that have expired.</summary>
internal sealed class ShareUpkeep(ShareStore shares, ShareViews views, TimeProvider time, ILogger<ShareUpkeep> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            do await KeepUpAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await KeepUpAsync(CancellationToken.None);
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (views.Take() is { Count: > 0 } seen) shares.AddViews(seen);
            await shares.EndExpiredAsync(cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            logger.LogWarning(e, "Views of links could not be stored, or expired links not be emptied. "
                + "Those cannot be read all the same.");
        }
    }
}
