using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Storage;

/// <summary>The SQLite database of the data folder: opens connections and keeps the schema current.</summary>
public sealed class Database : IDisposable
{
    private const int Version = 1;

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
        connection.Execute("PRAGMA synchronous=FULL");
        return connection;
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
        if (found > Version)
            throw new StartupException($"The database {_path} was written by a newer version of this program (schema {found}, this one knows {Version}). Update the program; nothing was changed.");
        if (found > 0 && connection.ExecuteScalar<string>("PRAGMA quick_check(1)") is var health and not "ok")
            throw new StartupException(Damaged(health ?? "no answer"));
        connection.Execute("PRAGMA journal_mode=WAL");
        // Takes the write lock even where nothing is to migrate: a file that cannot be written is found now, not at the first question.
        using var transaction = connection.BeginTransaction(deferred: false);
        if (found < Version)
        {
            connection.Execute(Schema, transaction: transaction);
            connection.Execute($"PRAGMA user_version={Version}", transaction: transaction);
            IsNew = true;
        }
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

    // Times are Unix milliseconds. Pictures are rows here and bytes in the pictures folder, named by their hash.
    private const string Schema = """
        CREATE TABLE images (
            id TEXT PRIMARY KEY,
            visitor TEXT NOT NULL,
            name TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            hash TEXT NOT NULL,
            format TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX images_by_visitor ON images (visitor, created_at);
        CREATE INDEX images_by_hash ON images (hash);

        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            visitor TEXT NOT NULL,
            title TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX conversations_by_visitor ON conversations (visitor, updated_at);

        CREATE TABLE generations (
            id TEXT PRIMARY KEY,
            visitor TEXT NOT NULL,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            image TEXT REFERENCES images (id) ON DELETE SET NULL,
            question TEXT NOT NULL,
            sampling TEXT NOT NULL,
            history TEXT,
            remote TEXT,
            text TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            ended_at INTEGER,
            UNIQUE (conversation, ordinal)
        ) WITHOUT ROWID;
        CREATE INDEX generations_unended ON generations (state) WHERE ended_at IS NULL;

        CREATE TABLE events (
            generation TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (generation, seq)
        ) WITHOUT ROWID;

        CREATE TABLE shares (
            id TEXT PRIMARY KEY,
            visitor TEXT NOT NULL,
            conversation TEXT NOT NULL,
            body TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX shares_by_conversation ON shares (visitor, conversation);

        CREATE TABLE share_pictures (
            share TEXT NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            hash TEXT NOT NULL,
            format TEXT NOT NULL,
            PRIMARY KEY (share, number)
        ) WITHOUT ROWID;
        CREATE INDEX share_pictures_by_hash ON share_pictures (hash);
        """;
}
