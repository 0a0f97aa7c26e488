using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>
/// Looks through a database for damage that was too large to be looked through at the start, beside everything else.
/// </summary>
internal sealed class DatabaseCheck(Database database, StorageHealth health, ILogger<DatabaseCheck> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!database.IsUnchecked) return;
        try
        {
            var finding = await Task.Run(
                () => database.Check(TimeSpan.MaxValue, stoppingToken), CancellationToken.None);
            if (finding == "ok") log.LogInformation("The database was looked through: no damage.");
            else if (finding is not null) health.ReportDamage(finding);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CORRUPT)
        {
            health.ReportDamage(e.Message);
        }
        catch (SqliteException e)
        {
            log.LogWarning(e, "The database could not be looked through for damage; the next start tries again.");
        }
    }
}
