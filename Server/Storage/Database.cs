using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Storage;

/// <summary>The SQLite database of the data folder: opens connections and keeps the schema current.</summary>
public sealed class Database : IDisposable
{
    private static readonly SchemaStep[] Steps = SchemaStep.ReadAll();

    private const int SettleAttempts = 20;
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly string _connectionString;

    /// <param name="folder">Where it lies.</param>
    /// <param name="patience">Seconds that a statement waits for another program that has the file locked.</param>
    /// <exception cref="StartupException">The file is damaged, not writable, locked, or written by a newer program.</exception>
    public Database(DataFolder folder, int patience = 10)
    {
        _path = folder.Database;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, ForeignKeys = true, DefaultTimeout = patience }.ToString();
        try
        {
            Prepare();
        }
        catch (SqliteException e)
        {
            throw new StartupException(Explain(e), e);
        }
    }

    /// <summary>Whether this start made the database.</summary>
    public bool IsNew { get; private set; }

    /// <summary>An open connection from the pool; the caller disposes it.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // FULL: what was acknowledged survives a power cut too, for one flush a commit.
        // Deleted is overwritten: a row that is gone leaves nothing in the file.
        connection.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON");
        return connection;
    }

    /// <summary>
    /// Brings what was deleted out of the log beside the database, which otherwise keeps old pages for a while. Readers in
    /// the middle of something are waited for.
    /// </summary>
    /// <returns>False where a reader held on for too long; the next call, or the next start, does it.</returns>
    public bool Settle()
    {
        using var connection = Open();
        for (var attempt = 0; attempt < SettleAttempts; attempt++)
        {
            if (connection.ExecuteScalar<long>("PRAGMA wal_checkpoint(TRUNCATE)") == 0) return true;
            Thread.Sleep(SettlePause);
        }
        return false;
    }

    /// <summary>Closes the pooled connections, so that the file is whole and free.</summary>
    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private void Prepare()
    {
        using var connection = Open();
        var found = connection.ExecuteScalar<int>("PRAGMA user_version");
        var newest = Steps[^1].Version;
        if (found > newest)
            throw new StartupException($"The database {_path} was written by a newer version of this program (schema {found}, this one knows {newest}). Update the program; nothing was changed.");
        if (found > 0 && connection.ExecuteScalar<string>("PRAGMA quick_check(1)") is var health and not "ok")
            throw new StartupException(Damaged(health ?? "no answer"));
        connection.Execute("PRAGMA journal_mode=WAL");
        // Takes the write lock even where nothing is to migrate: a file that cannot be written is found now, not at the first question.
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var step in Steps.Where(step => step.Version > found)) connection.Execute(step.Sql, transaction: transaction);
        if (found < newest) connection.Execute($"PRAGMA user_version={newest}", transaction: transaction);
        IsNew = found == 0;
        transaction.Commit();
    }

    private string Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED
            => $"The database {_path} is locked by another program. End that program, or choose another data folder with --data or Molmo__Data.",
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM
            => $"The database {_path} cannot be written. Give this user the right to write it, or choose another data folder with --data or Molmo__Data.",
        SQLitePCL.raw.SQLITE_FULL
            => $"The disk that holds the database {_path} is full. Make room, or choose another data folder with --data or Molmo__Data.",
        _ => Damaged(e.Message),
    };

    private string Damaged(string finding)
        => $"The database {_path} is damaged ({finding}). It was left as it is: restore a backup of the data folder, or start with an empty one (--data).";
}
