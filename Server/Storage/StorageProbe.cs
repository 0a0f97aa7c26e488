using Dapper;

namespace Molmo.Demo.Server.Storage;

/// <summary>
/// After a failed write, tries every second whether the storage works again: a file of the pictures folder, and a row
/// of the database.
/// </summary>
internal sealed class StorageProbe(StorageHealth health, ImageFiles files, Database database, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Seconds for which it waits for another program that has the database.</summary>
    private const int Patience = 1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            if (health.IsTroubled(StorageHealth.Requests)) await Task.Run(Try, CancellationToken.None);
    }

    private void Try()
    {
        try
        {
            files.Probe();
            using var connection = database.Open(Patience);
            connection.Execute(
                "UPDATE data_folder SET probed_at = @now", new { now = time.GetUtcNow().ToUnixTimeMilliseconds() });
            health.Recovered(StorageHealth.Requests);
        }
        catch (Exception e) when (StorageFault.Of(e) is not null)
        {
            health.Report(e);
        }
    }
}
