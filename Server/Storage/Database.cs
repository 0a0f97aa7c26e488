using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>The SQLite database of the data folder: opens connections and keeps the schema current.</summary>
/// <remarks>
/// A start goes on with a database only where it is the folder's own and not older than the folder: what it does not
/// know it would take for rubbish, or write over. Everything else is refused before anything is changed.
/// </remarks>
public sealed class Database : IDisposable
{
    /// <summary>"Molm" in SQLite's field for the program whose file it is.</summary>
    private const int ApplicationId = 0x4d6f6c6d;

    /// <summary>Schema since which a database knows its folder and its files.</summary>
    private const int KnowsItsFolder = 60;

    private const int SettleAttempts = 20;

    private static readonly SchemaStep[] Steps = SchemaStep.ReadAll();
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a start looks through the database before it goes on and leaves the rest to
    /// <see cref="DatabaseCheck"/>.
    /// </summary>
    private static readonly TimeSpan CheckPatience = TimeSpan.FromSeconds(3);

    private readonly DataFolder _folder;
    private readonly string _path;
    private readonly string _connectionString;
    private readonly int _patience;

    /// <param name="folder">Where it lies.</param>
    /// <param name="patience">Seconds that a statement waits for another program that has the file locked.</param>
    /// <param name="checkPatience">How long the start looks through it; null for the usual time.</param>
    /// <exception cref="RefusedDataException">It is damaged, not the folder's own, older than the folder, or missing
    /// beside pictures.</exception>
    /// <exception cref="StartupException">It is not writable, locked, or written by a newer program.</exception>
    public Database(DataFolder folder, int patience = 10, TimeSpan? checkPatience = null)
    {
        _folder = folder;
        _path = folder.Database;
        _patience = patience;
        _connectionString =
            new SqliteConnectionStringBuilder { DataSource = _path, ForeignKeys = true, DefaultTimeout = patience }
                .ToString();
        try
        {
            LookBeforeOpening();
            Prepare(checkPatience ?? CheckPatience);
        }
        catch (SqliteException e)
        {
            Dispose();
            throw Explain(e);
        }
        catch (StartupException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether this start brought it from a schema that knew neither its folder nor its files.</summary>
    public bool WasUpgraded { get; private set; }

    /// <summary>Whether it was too large to be looked through at the start.</summary>
    public bool IsUnchecked { get; private set; }

    /// <summary>Its own number, which the folder's mark holds too.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Something about its beginning that the log should say; null where there is nothing.</summary>
    public string? Remark { get; private set; }

    /// <summary>An open connection from the pool; the caller disposes it.</summary>
    /// <param name="patience">Seconds that a statement waits for another program that has the file locked; null for the
    /// usual time.</param>
    public SqliteConnection Open(int? patience = null)
    {
        var connection = new SqliteConnection(_connectionString) { DefaultTimeout = patience ?? _patience };
        connection.Open();
        // FULL: what was acknowledged survives a power cut too, for one flush a commit.
        // Deleted is overwritten: a row that is gone leaves nothing in the file.
        connection.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON");
        return connection;
    }

    /// <summary>
    /// Brings what was deleted out of the log beside the database, which otherwise keeps old pages for a while. Readers
    /// in the middle of something are waited for.
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

    /// <summary>Looks through the whole database for damage.</summary>
    /// <param name="limit">When to give up.</param>
    /// <param name="cancellationToken">Gives up, too.</param>
    /// <returns>What was found, <c>ok</c> where nothing; null where it gave up.</returns>
    internal string? Check(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var connection = Open();
        return Check(connection, limit, cancellationToken);
    }

    /// <summary>Closes the pooled connections, so that the file is whole and free.</summary>
    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    // SQLite itself makes a missing or empty file a new database, with what lies beside it in the log deleted.
    private void LookBeforeOpening()
    {
        var file = new FileInfo(_path);
        if (!file.Exists || file.Length == 0)
        {
            var pictures = _folder.ImageHashes.Count();
            var what = file.Exists ? $"The database {_path} is empty" : $"There is no database {_path}";
            if (pictures > 0)
                throw new RefusedDataException($"{what}, but there are {pictures} stored pictures that need it.");
            if (new FileInfo(_folder.Log) is { Exists: true, Length: > 0 } log)
                throw new RefusedDataException($"{what}, but its log {log.Name} is there.");
            if (DataMark.Read(_folder) is not null) Remark = $"{what} any more. A new one was begun.";
            return;
        }
        switch (WriteAheadLog.Read(_folder.Log, file.Length))
        {
            case LogState.Damaged:
                throw new RefusedDataException(
                    $"The log {_folder.Log} of the database is damaged, and changes that were acknowledged are in it.",
                    $"move {Path.GetFileName(_folder.Log)} away to go on without them");
            case LogState.Torn:
                var copy = _folder.Log + ".torn";
                File.Copy(_folder.Log, copy, overwrite: true);
                Remark = $"The last change in the log of the database cannot be read, as after a power cut. "
                    + $"It is left out; the log as it was is kept as {copy}.";
                break;
        }
    }

    private void Prepare(TimeSpan checkPatience)
    {
        using var connection = Open();
        var found = connection.ExecuteScalar<int>("PRAGMA user_version");
        RefuseForeign(connection, found);
        var newest = Steps[^1].Version;
        if (found > newest)
            throw new StartupException($"The database {_path} was written by a newer version of this program (schema "
                + $"{found}, this one knows {newest}). Update the program; nothing was changed.");
        if (found > 0) RefuseDamaged(connection, checkPatience);
        RefuseOlder(connection, found);
        connection.Execute("PRAGMA journal_mode=WAL");
        // Takes the write lock even where nothing is to migrate: a file that cannot be written is found now, not at the
        // first question.
        using var ending = connection.Begin(out var transaction);
        foreach (var step in Steps.Where(step => step.Version > found))
            connection.Execute(step.Sql, transaction: transaction);
        if (found < newest)
            connection.Execute(
                $"PRAGMA user_version={newest}; PRAGMA application_id={ApplicationId}", transaction: transaction);
        (Id, var starts) = connection.QuerySingle<(string, long)>(
            "UPDATE data_folder SET starts = starts + 1 RETURNING id, starts", transaction: transaction);
        transaction.Commit();
        WasUpgraded = found is > 0 and < KnowsItsFolder;
        // After the database: the mark never counts more than it. Where it cannot be written, nothing else could be.
        new DataMark(Id, starts).Write(_folder);
    }

    private void RefuseForeign(SqliteConnection connection, int version)
    {
        var tables = connection.Query<string>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            .ToHashSet();
        if (tables.Count == 0 && version == 0)
        {
            // A first start that was killed leaves this, too, and no picture.
            if (_folder.ImageHashes.Count() is > 0 and var pictures)
                throw new RefusedDataException(
                    $"The database {_path} is empty, but there are {pictures} stored pictures that need it.");
            return;
        }
        var application = connection.ExecuteScalar<int>("PRAGMA application_id");
        var isOurs = application == ApplicationId
            || (application == 0 && version is > 0 and < KnowsItsFolder
                && tables.IsSupersetOf(["images", "conversations", "generations", "shares"]));
        if (!isOurs)
            throw new RefusedDataException(
                $"The database {_path} is not one of this program: another program made it.");
    }

    private void RefuseDamaged(SqliteConnection connection, TimeSpan patience)
    {
        var health = Check(connection, patience, CancellationToken.None);
        IsUnchecked = health is null;
        if (health is not (null or "ok")) throw Damaged(health);
    }

    private void RefuseOlder(SqliteConnection connection, int version)
    {
        var mark = DataMark.Read(_folder);
        var (id, starts) = version < KnowsItsFolder ? ("", 0)
            : connection.QuerySingle<(string, long)>("SELECT id, starts FROM data_folder");
        if (version == 0) return;
        if (mark is not null && id.Length > 0 && mark.Id != id)
            throw new RefusedDataException(
                $"The database {_path} belongs to another data folder than the pictures beside it.");
        if (mark is not null && mark.Starts > starts)
            throw new RefusedDataException($"The database {_path} is older than its data folder: "
                + $"the folder knows of later starts, and what was stored since then is not in it.");
        if (version < KnowsItsFolder) return;
        var known = connection.Query<string>("SELECT hash FROM picture_files").ToHashSet(StringComparer.Ordinal);
        if (_folder.ImageHashes.Count(hash => !known.Contains(hash)) is > 0 and var unknown)
            throw new RefusedDataException($"The database {_path} does not know {unknown} of the stored pictures: "
                + $"it is an older copy, or one of another data folder.");
    }

    private static string? Check(SqliteConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        // Of the check, a step is a page.
        const int stepsBetweenLooks = 100;
        SQLitePCL.raw.sqlite3_progress_handler(
            connection.Handle, stepsBetweenLooks,
            _ => Stopwatch.GetElapsedTime(began) > limit || cancellationToken.IsCancellationRequested ? 1 : 0, null);
        try
        {
            return connection.ExecuteScalar<string>("PRAGMA quick_check(1)") ?? "no answer";
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_INTERRUPT)
        {
            return null;
        }
        finally
        {
            SQLitePCL.raw.sqlite3_progress_handler(connection.Handle, 0, null, null);
        }
    }

    private StartupException Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED
            => new StartupException($"The database {_path} is locked by another program. End that program, "
                + $"or choose another data folder with --data or Molmo__Data.",
                e),
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM
            => new StartupException($"The database {_path} cannot be written. Give this user the right to write it, "
                + $"or choose another data folder with --data or Molmo__Data.",
                e),
        SQLitePCL.raw.SQLITE_FULL
            => new StartupException($"The disk that holds the database {_path} is full. Make room, "
                + $"or choose another data folder with --data or Molmo__Data.",
                e),
        SQLitePCL.raw.SQLITE_NOTADB =>
            new RefusedDataException($"The database {_path} is damaged, or is no database ({e.Message}).", null, e),
        SQLitePCL.raw.SQLITE_CORRUPT => Damaged(e.Message, e),
        // A disk that fails says nothing of what is on it: not a reason to set it aside.
        _ => new StartupException($"The database {_path} cannot be read or written ({e.Message}). "
            + $"Look at the disk that holds it; nothing was changed.",
            e),
    };

    private RefusedDataException Damaged(string finding, Exception? e = null)
        => new($"The database {_path} is damaged ({finding.ReplaceLineEndings(" ")}).", null, e);
}
