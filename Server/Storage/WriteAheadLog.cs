using System.Buffers.Binary;

namespace Molmo.Demo.Server.Storage;

/// <summary>
/// What a write-ahead log holds as far as SQLite would read it, and whether there is more that it would pass over in
/// silence.
/// </summary>
internal enum LogState
{
    /// <summary>All of it can be read, or there is none. What a killed process had not finished is no loss.</summary>
    Whole,

    /// <summary>
    /// The last change may be lost: one that a power cut tore looks the same as one that was damaged later.
    /// </summary>
    Torn,

    /// <summary>Changes that were acknowledged cannot be read.</summary>
    Damaged,
}

/// <summary>
/// Reads the log beside a database before SQLite does: SQLite takes it up to the first frame whose checksum is wrong
/// and forgets the rest without a word. The format is that of sqlite.org/fileformat2.html, section 4.
/// </summary>
internal static class WriteAheadLog
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377f0682;
    private const uint Version = 3007000;

    /// <summary>Looks through a log.</summary>
    /// <param name="path">The file; it may be missing.</param>
    /// <param name="databaseLength">Bytes of the database that it belongs to.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LogState Read(string path, long databaseLength)
    {
        if (!File.Exists(path)) return LogState.Whole;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        // A header that was not finished: no change had been written yet.
        if (file.Length <= HeaderLength) return LogState.Whole;
        var header = new byte[HeaderLength];
        file.ReadExactly(header);
        if (!TryReadHeader(header, out var log)) return LogState.Damaged;
        var mostPages = (databaseLength + file.Length) / log.PageSize;
        var frame = new byte[FrameHeaderLength + log.PageSize];
        for (var sum = log.Sum; TryReadFrame(file, frame); sum = StoredSum(frame))
        {
            if (IsOf(frame, log) && Word(frame, 0) != 0 && SumOf(frame, sum, log) == StoredSum(frame)) continue;
            return ReadBehind(file, frame, log, mostPages);
        }
        return LogState.Whole;
    }

    // Behind a frame that cannot be read there may be frames of before: of a log that was begun again from the front,
    // with any salts, or of a change that failed or was killed, with these. The latter hold one change in a row at
    // most: where more follow upon each other, each with the checksum of the one before, they were written as a whole
    // and acknowledged.
    private static LogState ReadBehind(FileStream file, byte[] frame, Log log, long mostPages)
    {
        var mostCommits = 0;
        var commits = 0;
        (uint, uint)? before = null;
        do
        {
            if (!IsPlausible(frame, mostPages)) return LogState.Damaged;
            if (IsOf(frame, log))
            {
                var follows = before is { } sum && SumOf(frame, sum, log) == StoredSum(frame);
                commits = (follows ? commits : 0) + (IsCommit(frame) ? 1 : 0);
                mostCommits = Math.Max(mostCommits, commits);
                before = StoredSum(frame);
            }
            else
            {
                before = null;
            }
        }
        while (TryReadFrame(file, frame));
        return mostCommits switch { 0 => LogState.Whole, 1 => LogState.Torn, _ => LogState.Damaged };
    }

    private static bool TryReadFrame(FileStream file, byte[] frame)
        => file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length;

    private static bool TryReadHeader(byte[] header, out Log log)
    {
        var magic = Word(header, 0);
        var pageSize = Word(header, 8);
        var isBigEndian = (magic & 1) != 0;
        var sum = Sum(header.AsSpan(0, 24), default, isBigEndian);
        log = new Log((int)pageSize, isBigEndian, Word(header, 16), Word(header, 20), sum);
        return (magic & ~1u) == Magic && Word(header, 4) == Version && pageSize is >= 512 and <= 65536
            && sum == (Word(header, 24), Word(header, 28));
    }

    private static bool IsOf(byte[] frame, Log log) => (Word(frame, 8), Word(frame, 12)) == (log.Salt1, log.Salt2);

    // A frame of whatever log names a page of the database; zeros were never written.
    private static bool IsPlausible(byte[] frame, long mostPages)
        => Word(frame, 0) <= mostPages
            && (Word(frame, 0) > 0 || frame.AsSpan(0, FrameHeaderLength).IndexOfAnyExcept((byte)0) < 0);

    private static bool IsCommit(byte[] frame) => Word(frame, 4) != 0;

    private static (uint, uint) StoredSum(byte[] frame) => (Word(frame, 16), Word(frame, 20));

    private static (uint, uint) SumOf(byte[] frame, (uint, uint) before, Log log)
        => Sum(frame.AsSpan(FrameHeaderLength), Sum(frame.AsSpan(0, 8), before, log.IsBigEndian), log.IsBigEndian);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static (uint, uint) Sum(ReadOnlySpan<byte> bytes, (uint A, uint B) sum, bool isBigEndian)
    {
        for (var i = 0; i < bytes.Length; i += 8)
        {
            var (first, second) = isBigEndian
                ? (Word(bytes, i), Word(bytes, i + 4))
                : (BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i + 4)..]));
            sum.A += first + sum.B;
            sum.B += second + sum.A;
        }
        return sum;
    }

    private readonly record struct Log(int PageSize, bool IsBigEndian, uint Salt1, uint Salt2, (uint, uint) Sum);
}
