using Dapper;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>Bytes of stored pictures: one file for each content, named by its SHA-256 in lower-case hexadecimal.</summary>
/// <remarks>
/// A file is kept while a row of <c>images</c> or <c>share_pictures</c> names it. Files come before their rows and go
/// after them, so that a crash can only leave a file too many; <see cref="Sweep"/> removes it at the next start. Rows
/// that name files change only here, one change at a time: between counting the last name of a file and deleting it no
/// other can appear.
/// </remarks>
public sealed class PictureFiles(DataFolder folder, Database database, ILogger<PictureFiles> logger) : IDisposable
{
    private const string Referenced = "SELECT hash FROM images UNION SELECT hash FROM share_pictures";
    private const string TemporaryExtension = ".tmp";

    private readonly SemaphoreSlim _changes = new(1, 1);

    /// <summary>Called before each step with its name (write, flush, rename, commit, delete); tests let one fail.</summary>
    internal Action<string>? BeforeStep { get; set; }

    /// <summary>Raised with the hash of bytes that are gone, so that no copy of them is kept in memory either.</summary>
    public event Action<string>? Deleted;

    /// <summary>The bytes, null where no such content is stored. The caller disposes it.</summary>
    /// <param name="hash">Taken from a row, never from a request.</param>
    public FileStream? Open(string hash)
    {
        try
        {
            return new FileStream(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 << 10, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Stores bytes together with the rows that name them; both are there afterwards, or neither.</summary>
    /// <exception cref="IOException">The storage failed, such as a full disk.</exception>
    /// <exception cref="SqliteException">The database failed.</exception>
    public Task<T> AddAsync<T>(string hash, ReadOnlyMemory<byte> bytes, Func<SqliteConnection, SqliteTransaction, T> addRows, CancellationToken cancellationToken)
        => AddAsync([(hash, bytes)], addRows, cancellationToken);

    /// <summary>As for one, for several or none: all files are there before the first row is.</summary>
    /// <exception cref="IOException">The storage failed, such as a full disk.</exception>
    /// <exception cref="SqliteException">The database failed.</exception>
    public async Task<T> AddAsync<T>(
        IReadOnlyList<(string Hash, ReadOnlyMemory<byte> Bytes)> contents, Func<SqliteConnection, SqliteTransaction, T> addRows, CancellationToken cancellationToken)
    {
        var temporaries = contents.Select(_ => Path.Combine(folder.Pictures, Guid.NewGuid().ToString("N") + TemporaryExtension)).ToArray();
        try
        {
            for (var i = 0; i < temporaries.Length; i++) await WriteAsync(temporaries[i], contents[i].Bytes, cancellationToken);
            await _changes.WaitAsync(cancellationToken);
            try
            {
                try
                {
                    for (var i = 0; i < temporaries.Length; i++)
                    {
                        BeforeStep?.Invoke("rename");
                        File.Move(temporaries[i], PathOf(contents[i].Hash), overwrite: true);
                    }
                    return Commit(addRows);
                }
                catch
                {
                    DeleteUnreferenced([.. contents.Select(content => content.Hash)]);
                    throw;
                }
            }
            finally
            {
                _changes.Release();
            }
        }
        finally
        {
            foreach (var temporary in temporaries) TryDelete(temporary);
        }
    }

    /// <summary>Changes rows that name files in one transaction, then deletes what of <c>released</c> no row names any more.</summary>
    /// <param name="change">Gets the connection, its transaction, and the collection to put released hashes into.</param>
    /// <param name="cancellationToken">Ends the wait for other changes.</param>
    /// <exception cref="SqliteException">The database failed; nothing has changed.</exception>
    public async Task<T> ChangeAsync<T>(Func<SqliteConnection, SqliteTransaction, ICollection<string>, T> change, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            var released = new HashSet<string>();
            var result = Commit((connection, transaction) => change(connection, transaction, released));
            DeleteUnreferenced(released);
            return result;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Deletes files that no row names and what an interrupted upload left; called before anyone uploads.</summary>
    /// <returns>How many files went.</returns>
    public int Sweep()
    {
        var files = Directory.GetFiles(folder.Pictures);
        if (files.Length == 0) return 0;
        if (database.IsNew)
        {
            // Pictures without a database: somebody is restoring a backup, or lost a file. Not ours to make final.
            logger.LogWarning("The pictures folder holds {Count} files that the new database does not know. They were left there.", files.Length);
            return 0;
        }
        using var connection = database.Open();
        var referenced = connection.Query<string>(Referenced).ToHashSet(StringComparer.Ordinal);
        var orphans = files.Where(file => !referenced.Contains(Path.GetFileName(file))).ToList();
        foreach (var orphan in orphans) TryDelete(orphan);
        return orphans.Count;
    }

    public void Dispose() => _changes.Dispose();

    private async Task WriteAsync(string temporary, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        BeforeStep?.Invoke("write");
        await using var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        await file.WriteAsync(bytes, cancellationToken);
        BeforeStep?.Invoke("flush");
        file.Flush(flushToDisk: true);
    }

    private string PathOf(string hash) => Path.Combine(folder.Pictures, hash);

    private T Commit<T>(Func<SqliteConnection, SqliteTransaction, T> change)
    {
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();
        var result = change(connection, transaction);
        BeforeStep?.Invoke("commit");
        transaction.Commit();
        return result;
    }

    private void DeleteUnreferenced(HashSet<string> hashes)
    {
        if (hashes.Count == 0) return;
        try
        {
            using var connection = database.Open();
            foreach (var hash in hashes)
            {
                var names = connection.ExecuteScalar<long>(
                    "SELECT (SELECT COUNT(*) FROM images WHERE hash = @hash) + (SELECT COUNT(*) FROM share_pictures WHERE hash = @hash)", new { hash });
                if (names > 0) continue;
                BeforeStep?.Invoke("delete");
                Deleted?.Invoke(hash);
                TryDelete(PathOf(hash));
            }
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            logger.LogWarning(e, "A picture that nobody uses could not be deleted; the next start removes it.");
        }
    }

    private void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "A file of the pictures folder could not be deleted; the next start tries again.");
        }
    }
}
