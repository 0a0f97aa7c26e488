using Dapper;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>
/// Bytes of stored pictures: one file for each content, named by its SHA-256 in lower-case hexadecimal.
/// </summary>
/// <remarks>
/// A file is kept while a row of <c>images</c> or <c>share_pictures</c> names it. Files come before their rows and go
/// after them, so that a crash can only leave a file too many; <see cref="Sweep"/> removes it at the next start. What
/// it may remove stands in <c>picture_files</c>, from before the file appears until after it is gone: a file that is
/// not there was never this database's. Rows that name files change only here, one change at a time: between counting
/// the last name of a file and deleting it no other can appear.
/// </remarks>
internal sealed class ImageFiles(
    DataFolder folder, Database database, StorageHealth health, TimeProvider time,
    ILogger<ImageFiles> logger) : IDisposable
{
    private const string Referenced = "SELECT hash FROM images UNION SELECT hash FROM share_pictures";
    private const string TemporaryExtension = ".tmp";
    private const int ProbeLength = 64 << 10;

    private readonly SemaphoreSlim _changes = new(1, 1);

    // Files whose rows a failed commit may have left whole in the log, where the next start would find them: a photo
    // that a row names must be there. They go with the next commit, or with the sweep of the next start.
    private readonly HashSet<string> _unsure = [];

    /// <summary>
    /// Called before each step with its name (write, flush, note, rename, commit, delete); tests let one fail.
    /// </summary>
    internal Action<string>? BeforeStep { get; set; }

    /// <summary>
    /// Raised with the hash of bytes that are gone, so that no copy of them is kept in memory either.
    /// </summary>
    public event Action<string>? Deleted;

    /// <summary>The bytes, null where no such content is stored. The caller disposes it.</summary>
    /// <param name="hash">Taken from a row, never from a request.</param>
    public FileStream? Open(string hash)
    {
        try
        {
            return new FileStream(
                PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 << 10,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Stores bytes together with the rows that name them; both are there afterwards, or neither.</summary>
    /// <exception cref="IOException">The storage failed, such as a full disk.</exception>
    /// <exception cref="SqliteException">The database failed.</exception>
    public Task<T> AddAsync<T>(
        string hash, ReadOnlyMemory<byte> bytes, Func<SqliteConnection, SqliteTransaction, T> addRows,
        CancellationToken cancellationToken)
        => AddAsync([(hash, bytes)], addRows, cancellationToken);

    /// <summary>As for one, for several or none: all files are there before the first row is.</summary>
    /// <exception cref="IOException">The storage failed, such as a full disk.</exception>
    /// <exception cref="SqliteException">The database failed.</exception>
    public async Task<T> AddAsync<T>(
        IReadOnlyList<(string Hash, ReadOnlyMemory<byte> Bytes)> contents,
        Func<SqliteConnection, SqliteTransaction, T> addRows, CancellationToken cancellationToken)
    {
        var temporaries = contents.Select(_ => NewTemporary()).ToArray();
        try
        {
            for (var i = 0; i < temporaries.Length; i++)
                await WriteAsync(temporaries[i], contents[i].Bytes, cancellationToken);
            await _changes.WaitAsync(cancellationToken);
            try
            {
                var isCommitting = false;
                try
                {
                    if (contents.Count > 0)
                        Commit("note", (connection, transaction) => Note(
                            connection, transaction, contents.Select(content => content.Hash)));
                    for (var i = 0; i < temporaries.Length; i++)
                    {
                        BeforeStep?.Invoke("rename");
                        File.Move(temporaries[i], PathOf(contents[i].Hash), overwrite: true);
                    }
                    var rows = Commit("commit", addRows, () => isCommitting = true);
                    DeleteUnsure();
                    return rows;
                }
                catch
                {
                    HashSet<string> hashes = [.. contents.Select(content => content.Hash)];
                    if (isCommitting) _unsure.UnionWith(hashes);
                    else DeleteUnreferenced(hashes);
                    throw;
                }
            }
            finally
            {
                _changes.Release();
            }
        }
        catch (Exception e) when (StorageFault.Of(e) is not null)
        {
            health.Report(e);
            throw;
        }
        finally
        {
            foreach (var temporary in temporaries) TryDelete(temporary);
        }
    }

    /// <summary>
    /// Changes rows that name files in one transaction, then deletes what of <c>released</c> no row names any more.
    /// </summary>
    /// <param name="change">Gets the connection, its transaction, and the collection to put released hashes
    /// into.</param>
    /// <param name="cancellationToken">Ends the wait for other changes.</param>
    /// <exception cref="SqliteException">The database failed; nothing has changed.</exception>
    public async Task<T> ChangeAsync<T>(
        Func<SqliteConnection, SqliteTransaction, ICollection<string>, T> change, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            var released = new HashSet<string>();
            var result = Commit("commit", (connection, transaction) => change(connection, transaction, released));
            DeleteUnreferenced(released);
            DeleteUnsure();
            return result;
        }
        catch (SqliteException e)
        {
            health.Report(e);
            throw;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>
    /// Deletes what this database once knew and has let go, and what an interrupted upload left; called before anyone
    /// uploads. Files that it never knew stay, or are set aside where it comes from a version that kept no account of
    /// them.
    /// </summary>
    /// <returns>How many files went.</returns>
    public int Sweep()
    {
        using var connection = database.Open();
        var files = folder.ImageHashes.ToHashSet(StringComparer.Ordinal);
        var known = connection.Query<string>("SELECT hash FROM picture_files").ToHashSet(StringComparer.Ordinal);
        var named = connection.Query<string>(Referenced).ToHashSet(StringComparer.Ordinal);
        if (database.WasUpgraded && files.Except(known).ToList() is { Count: > 0 } unknown)
            logger.LogWarning("{Count} pictures that the database does not know were moved to {Place}.", unknown.Count,
                folder.SetAside(unknown, time));
        if (named.Count(hash => !files.Contains(hash)) is > 0 and var missing)
            logger.LogWarning(
                "{Count} pictures that the database names are missing in {Folder}. A backup may have them.", missing,
                folder.Pictures);
        var temporaries = Directory.GetFiles(folder.Pictures, $"{database.Id}-*{TemporaryExtension}");
        var letGo = known.Except(named).ToList();
        var removed =
            temporaries.Count(TryDelete) + letGo.Count(hash => files.Contains(hash) & TryForget(connection, hash));
        if (removed > 0)
            logger.LogInformation("{Count} picture files that nothing uses any more were removed.", removed);
        return removed;
    }

    /// <summary>Writes, flushes, renames and deletes a file, as an upload does.</summary>
    /// <exception cref="IOException">That fails.</exception>
    public void Probe()
    {
        var (temporary, renamed) = (NewTemporary(), NewTemporary());
        try
        {
            BeforeStep?.Invoke("write");
            using (var file = Create(temporary))
            {
                file.Write(new byte[ProbeLength]);
                BeforeStep?.Invoke("flush");
                file.Flush(flushToDisk: true);
            }
            BeforeStep?.Invoke("rename");
            File.Move(temporary, renamed);
        }
        finally
        {
            TryDelete(temporary);
            TryDelete(renamed);
        }
    }

    public void Dispose() => _changes.Dispose();

    private async Task WriteAsync(string temporary, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        BeforeStep?.Invoke("write");
        await using var file = Create(temporary);
        await file.WriteAsync(bytes, cancellationToken);
        BeforeStep?.Invoke("flush");
        file.Flush(flushToDisk: true);
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);

    private string PathOf(string hash) => Path.Combine(folder.Pictures, hash);

    // Named after the database, so that a sweep knows them for its own.
    private string NewTemporary()
        => Path.Combine(folder.Pictures, $"{database.Id}-{Guid.NewGuid():N}{TemporaryExtension}");

    private static int Note(SqliteConnection connection, SqliteTransaction transaction, IEnumerable<string> hashes)
        => connection.Execute("INSERT OR IGNORE INTO picture_files (hash) VALUES (@hash)",
            hashes.Select(hash => new { hash }), transaction);

    /// <param name="step">What the tests call it.</param>
    /// <param name="change">Makes the rows.</param>
    /// <param name="committing">Called when they are all made, just before they are committed.</param>
    private T Commit<T>(string step, Func<SqliteConnection, SqliteTransaction, T> change, Action? committing = null)
    {
        using var connection = database.Open();
        using var ending = connection.Begin(out var transaction);
        var result = change(connection, transaction);
        BeforeStep?.Invoke(step);
        committing?.Invoke();
        transaction.Commit();
        return result;
    }

    /// <summary>Called after a commit: it wrote over what an earlier one may have left in the log.</summary>
    private void DeleteUnsure()
    {
        if (_unsure.Count == 0) return;
        DeleteUnreferenced(_unsure);
        _unsure.Clear();
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
                    "SELECT (SELECT COUNT(*) FROM images WHERE hash = @hash) + (SELECT COUNT(*) "
                        + "FROM share_pictures WHERE hash = @hash)",
                    new { hash });
                if (names > 0) continue;
                BeforeStep?.Invoke("delete");
                Deleted?.Invoke(hash);
                TryForget(connection, hash);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            // A picture that nobody uses stays until the next start.
            health.Report(e);
        }
    }

    private bool TryForget(SqliteConnection connection, string hash)
    {
        if (!TryDelete(PathOf(hash))) return false;
        connection.Execute("DELETE FROM picture_files WHERE hash = @hash", new { hash });
        return true;
    }

    private bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            health.Report(e);
            return false;
        }
    }
}
