using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>Logs as SQLite writes them, whole and spoilt: what it would pass over in silence is noticed.</summary>
public sealed class WriteAheadLogTests : IDisposable
{
    private const int HeaderLength = 32;
    private const int FrameLength = 24 + 4096;
    private const int DatabaseLength = 50 * 4096;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_LogsThatSqliteLeaves_AreWhole()
    {
        Assert.Equal(LogState.Whole, WriteAheadLog.Read(_folder.Combine("missing"), 0));
        Assert.Equal(LogState.Whole, Read([]));
        var log = Written(restarts: 0);
        Assert.Equal(LogState.Whole, Read(log));
        // Begun again from the front, over frames of before; also by connections that have not seen the ones before.
        foreach (var restarts in new[] { 1, 4 }) Assert.Equal(LogState.Whole, Read(Written(restarts)));
        foreach (var restarts in new[] { 1, 4 }) Assert.Equal(LogState.Whole, Read(Written(restarts, reopens: true)));
    }

    [Fact]
    public void Read_FramesOfAChangeThatWasKilled_AreNoLoss()
    {
        var log = Written(restarts: 0);
        var frames = (log.Length - HeaderLength) / FrameLength;
        // A killed change leaves frames with these salts behind the end, which follow upon one that was written over:
        // here the last ones, without a commit.
        var broken = HeaderLength + (frames - 3) * FrameLength;
        for (var frame = frames - 3; frame < frames; frame++)
            log.AsSpan(HeaderLength + frame * FrameLength + 4, 4).Clear();
        log[broken + 100] ^= 1;
        Assert.Equal(LogState.Whole, Read(log));
    }

    [Fact]
    public void Read_LogCutAnywhere_IsAsAfterAKill()
    {
        var log = Written(restarts: 0);
        foreach (var length
            in new[] { 1, HeaderLength, HeaderLength + 24, HeaderLength + FrameLength - 1, log.Length - 1 })
            Assert.Equal(LogState.Whole, Read(log[..length]));
    }

    [Fact]
    public void Read_OneByteChanged_IsNoticedWhereverItIs()
    {
        var log = Written(restarts: 0);
        var random = new Random(1);
        var frames = (log.Length - HeaderLength) / FrameLength;
        for (var round = 0; round < 200; round++)
        {
            var at = random.Next(HeaderLength, log.Length);
            var state = Read(Flipped(log, at));
            Assert.True(state != LogState.Whole, $"Byte {at} of {log.Length} was passed over.");
            // Of the last change nobody can say whether it was finished: of one before, those behind it show that it
            // was.
            if ((at - HeaderLength) / FrameLength < frames / 2) Assert.Equal(LogState.Damaged, state);
        }
        for (var at = 0; at < HeaderLength; at++) Assert.Equal(LogState.Damaged, Read(Flipped(log, at)));
    }

    [Fact]
    public void Read_Garbage_IsDamaged()
    {
        var random = new Random(2);
        var garbage = new byte[30_000];
        random.NextBytes(garbage);
        Assert.Equal(LogState.Damaged, Read(garbage));
        Assert.Equal(LogState.Damaged, Read(new byte[30_000]));
        var log = Written(restarts: 0);
        random.NextBytes(log.AsSpan(HeaderLength));
        Assert.Equal(LogState.Damaged, Read(log));
    }

    /// <summary>
    /// A log of six changes, before which the file was begun again so many times with longer contents.
    /// </summary>
    private byte[] Written(int restarts, bool reopens = false)
    {
        var path = _folder.Combine($"{Guid.NewGuid():N}.db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        connection.Execute("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (text TEXT)");
        for (var restart = 0; restart < restarts; restart++)
        {
            for (var i = 0; i < 20; i++) Change(connection);
            // All of it goes into the database; the next change begins the file from its front.
            connection.Execute("PRAGMA wal_checkpoint(RESTART)");
            if (!reopens) continue;
            using var other = new SqliteConnection($"Data Source={path};Pooling=false");
            other.Open();
            Change(other);
        }
        for (var i = 0; i < 6; i++) Change(connection);
        using var file = new FileStream(path + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var log = new byte[file.Length];
        file.ReadExactly(log);
        return log;
    }

    private static void Change(SqliteConnection connection)
        => connection.Execute("INSERT INTO t VALUES (hex(randomblob(1500)))");

    private static byte[] Flipped(byte[] log, int at)
    {
        var copy = log.ToArray();
        copy[at] ^= 0x40;
        return copy;
    }

    private LogState Read(byte[] log)
    {
        var path = _folder.Combine("log");
        File.WriteAllBytes(path, log);
        return WriteAheadLog.Read(path, DatabaseLength);
    }
}
