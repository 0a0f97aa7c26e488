using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Storage;

/// <summary>The SQLite database of the data folder: opens connections and keeps the schema current.</summary>
public sealed class Database
{
    private const int Version = 1;

    private readonly string _connectionString;

    /// <exception cref="StartupException">The file is damaged, not writable, or written by a newer program.</exception>
    public Database(DataFolder folder)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = folder.Database, ForeignKeys = true, DefaultTimeout = 10 }.ToString();
        try
        {
            Migrate();
        }
        catch (SqliteException e)
        {
            throw new StartupException(
                $"The database {folder.Database} cannot be used ({e.Message}). It was left as it is: restore a backup of the data folder, or start with an empty one (--data).", e);
        }
    }

    /// <summary>An open connection from the pool; the caller disposes it.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // FULL: what was acknowledged survives a power cut too, for one flush a commit.
        connection.Execute("PRAGMA synchronous=FULL");
        return connection;
    }

    private void Migrate()
    {
        using var connection = Open();
        connection.Execute("PRAGMA journal_mode=WAL");
        var found = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (found > Version)
            throw new StartupException($"The database was written by a newer version of this program (schema {found}, this one knows {Version}). Update the program; nothing was changed.");
        if (found == Version) return;
        using var transaction = connection.BeginTransaction();
        connection.Execute(Schema, transaction: transaction);
        connection.Execute($"PRAGMA user_version={Version}", transaction: transaction);
        transaction.Commit();
    }

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
