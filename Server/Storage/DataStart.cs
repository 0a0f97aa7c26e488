namespace Molmo.Demo.Server.Storage;

/// <summary>
/// Opens the database of a data folder, and begins anew beside what cannot be gone on with where that was asked for.
/// </summary>
internal static class DataStart
{
    /// <summary>Opens the database of a folder, which is let go where that fails.</summary>
    /// <exception cref="StartupException">The folder cannot be gone on with; the message says why and what to
    /// do.</exception>
    public static (Database Database, string? Remark) Open(DataFolder folder, MolmoOptions options)
    {
        try
        {
            return options.Adopt ? OpenOrSetAside(folder) : Open(folder);
        }
        catch (StartupException)
        {
            folder.Dispose();
            throw;
        }
    }

    private static (Database Database, string? Remark) Open(DataFolder folder)
    {
        var database = new Database(folder);
        return (database, database.Remark);
    }

    private static (Database Database, string? Remark) OpenOrSetAside(DataFolder folder)
    {
        try
        {
            return Open(folder);
        }
        catch (RefusedDataException)
        {
            var database = SetAside(folder, out var aside);
            return (database, $"What was in the data folder was moved to {aside}, and nothing was deleted. "
                + "A new database was begun.");
        }
    }

    private static Database SetAside(DataFolder folder, out string? aside)
    {
        try
        {
            aside = folder.SetAside(TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"What is in the data folder {folder.Root} cannot be moved aside ({e.Message.TrimEnd('.')}). "
                + "Nothing was deleted.", e);
        }
        return new Database(folder);
    }

    /// <summary>Tells the log what was worth a remark, once there is one.</summary>
    internal sealed class Notice(string? remark, ILogger<Notice> log) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (remark is not null) log.LogWarning("{Remark}", remark);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
