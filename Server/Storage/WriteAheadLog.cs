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
/// and forgets the
/// rest without a word. The format is that of sqlite.org/fileformat2.html, section 4.
/// </summary>
internal static class WriteAheadLog
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377f0682;
    private const uint Version = 3007000;

    /// <summary>Looks through a log.</summary>
    /// <param name="path">The file; it may be missing.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LogState Read(string path)
    {
        if (!File.Exists(path)) return LogState.Whole;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        // A header that was not finished: no change had been written yet.
        if (file.Length <= HeaderLength) return LogState.Whole;
        var header = new byte[HeaderLength];
        file.ReadExactly(header);
        if (!TryReadHeader(header, out var log)) return LogState.Damaged;
        var frame = new byte[FrameHeaderLength + log.PageSize];
        var sum = log.Sum;
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            var head = Sum(frame.AsSpan(0, 8), sum, log.IsBigEndian);
            var next = Sum(frame.AsSpan(FrameHeaderLength), head, log.IsBigEndian);
            var isOfThisLog = IsOf(frame, log);
            if (isOfThisLog && Word(frame, 0) != 0 && next == (Word(frame, 16), Word(frame, 20)))
            {
                sum = next;
                continue;
            }
            return isOfThisLog || IsLeftover(frame, log) ? ReadBehind(file, frame, log) : LogState.Damaged;
        }
        return LogState.Whole;
    }

    // Behind a frame that cannot be read: frames of this log show that it was not the last that was written.
    private static LogState ReadBehind(FileStream file, byte[] broken, Log log)
    {
        var isTorn = IsOf(broken, log) && IsCommit(broken);
        var commits = isTorn ? 1 : 0;
        while (file.ReadAtLeast(broken, broken.Length, throwOnEndOfStream: false) == broken.Length)
        {
            if (!IsOf(broken, log)) continue;
            isTorn = true;
            if (IsCommit(broken)) commits++;
        }
        // Each change is flushed before it is acknowledged, so that only one can have been under way.
        return commits > 1 ? LogState.Damaged : isTorn ? LogState.Torn : LogState.Whole;
    }

    private static bool TryReadHeader(byte[] header, out Log log)
    {
        var magic = Word(header, 0);
        var pageSize = Word(header, 8);
        var isBigEndian = (magic & 1) != 0;
        var sum = Sum(header.AsSpan(0, 24), default, isBigEndian);
        log = new Log((int)pageSize, isBigEndian, Word(header, 12), Word(header, 16), Word(header, 20), sum);
        return (magic & ~1u) == Magic && Word(header, 4) == Version && pageSize is >= 512 and <= 65536
            && sum == (Word(header, 24), Word(header, 28));
    }

    private static bool IsOf(byte[] frame, Log log) => (Word(frame, 8), Word(frame, 12)) == (log.Salt1, log.Salt2);

    // Each new beginning of the file counts the first salt up and writes over the frames from the front; zeros were
    // never written.
    private static bool IsLeftover(byte[] frame, Log log)
        => log.Salt1 - Word(frame, 8) - 1 <= log.Beginnings
            || frame.AsSpan(0, FrameHeaderLength).IndexOfAnyExcept((byte)0) < 0;

    private static bool IsCommit(byte[] frame) => Word(frame, 4) != 0;

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

    private readonly record struct Log(
        int PageSize, bool IsBigEndian, uint Beginnings, uint Salt1, uint Salt2, (uint, uint) Sum);
}
