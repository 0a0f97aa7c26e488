using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights.Torch;

/// <summary>
/// The central directory of a zip archive whose entries are stored without compression, as torch writes them: where in
/// the file each entry's bytes are, so that they can be mapped.
/// </summary>
/// <remarks>APPNOTE 6.3.9 sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3; zip64 included, other extensions passed
/// over.</remarks>
internal sealed class StoredZip
{
    private const uint LocalSignature = 0x04034b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint EndSignature = 0x06054b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const int LocalLength = 30;
    private const int CentralLength = 46;
    private const int EndLength = 22;
    private const int Locator64Length = 20;
    private const int End64Length = 56;
    private const int MaxComment = 65535;
    private const int MaxName = 512;

    /// <summary>Room for far more entries than any model has tensors; what a hostile file can make be read.</summary>
    private const long MaxDirectory = 16L << 20;
    private const ushort Zip64Extra = 1;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;

    private StoredZip(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>An entry's bytes are at [Offset, Offset + Length) of the file.</summary>
    internal readonly record struct Entry(long Offset, long Length);

    private readonly record struct Directory(long Count, long Offset, long Length);

    /// <exception cref="ModelFormatException">Not a zip of stored entries, or its directory points outside the
    /// file.</exception>
    public static Dictionary<string, Entry> Read(SafeFileHandle file, string path) => new StoredZip(file, path).Read();

    private Dictionary<string, Entry> Read()
    {
        var where = FindDirectory();
        if (where.Length > MaxDirectory)
            throw NoArchive($"its directory has {where.Length} bytes, above the limit of {MaxDirectory}");
        if (where.Count < 0 || where.Count > where.Length / CentralLength)
            throw NoArchive("its directory is too short for its number of entries");
        var bytes = new byte[where.Length];
        Fill(bytes, where.Offset);

        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        var ranges = new List<(long Start, long End, string Name)>();
        ReadOnlySpan<byte> rest = bytes;
        for (var i = 0L; i < where.Count; i++)
        {
            var (name, local, entry) = ReadEntry(ref rest, where.Offset);
            if (!entries.TryAdd(name, entry)) throw Broken(name, "it appears twice in the archive");
            ranges.Add((local, entry.Offset + entry.Length, name));
        }

        if (!rest.IsEmpty) throw NoArchive("its directory is longer than its entries");
        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
            if (ranges[i].Start < ranges[i - 1].End)
                throw Broken(
                    ranges[i].Name, $"it begins inside the entry {ModelFormatException.Shown(ranges[i - 1].Name)}");
        return entries;
    }

    private (string Name, long Local, Entry Entry) ReadEntry(ref ReadOnlySpan<byte> rest, long end)
    {
        if (rest.Length < CentralLength || U32(rest) != CentralSignature) throw NoArchive("its directory is cut short");
        var (flags, method) = (U16(rest[8..]), U16(rest[10..]));
        long stored = U32(rest[20..]), plain = U32(rest[24..]), local = U32(rest[42..]);
        int nameLength = U16(rest[28..]), extraLength = U16(rest[30..]), commentLength = U16(rest[32..]);
        if (CentralLength + nameLength + extraLength + commentLength > rest.Length)
            throw NoArchive("its directory is cut short");
        if (nameLength is 0 or > MaxName) throw NoArchive($"its directory holds a name of {nameLength} bytes");
        var nameBytes = rest.Slice(CentralLength, nameLength);
        string name;
        try
        {
            name = Utf8.GetString(nameBytes);
        }
        catch (DecoderFallbackException)
        {
            throw NoArchive("its directory holds a name that is not valid Unicode");
        }

        ReadExtra(rest.Slice(CentralLength + nameLength, extraLength), ref plain, ref stored, ref local);
        if ((flags & 1) != 0) throw Broken(name, "it is encrypted");
        if (method != 0) throw Broken(name, "it is compressed; torch stores its tensors plainly");
        if (stored != plain) throw Broken(name, "its two sizes differ, although it is not compressed");
        var entry = Locate(local, stored, end, name, nameBytes);
        rest = rest[(CentralLength + nameLength + extraLength + commentLength)..];
        return (name, local, entry);
    }

    /// <summary>Where the end record says the directory is.</summary>
    private Directory FindDirectory()
    {
        if (_length < EndLength) throw NoArchive($"it has {_length} bytes, fewer than the shortest archive");
        var tail = new byte[(int)Math.Min(_length, EndLength + MaxComment + Locator64Length)];
        Fill(tail, _length - tail.Length);
        for (var i = tail.Length - EndLength; i >= 0; i--)
        {
            var end = tail.AsSpan(i);
            if (U32(end) != EndSignature || U16(end[20..]) != end.Length - EndLength) continue;
            var directory = new Directory(U16(end[10..]), U32(end[16..]), U32(end[12..]));
            if (i < Locator64Length || U32(tail.AsSpan(i - Locator64Length)) != Locator64Signature)
            {
                return Before(_length - tail.Length + i, directory);
            }

            var position = I64(tail.AsSpan(i - Locator64Length + 8));
            if (position < 0 || position > _length - End64Length)
                throw NoArchive("its zip64 record lies outside the file");
            Span<byte> record = stackalloc byte[End64Length];
            Fill(record, position);
            if (U32(record) != End64Signature) throw NoArchive("its zip64 record is not one");
            return Before(position, new Directory(I64(record[32..]), I64(record[48..]), I64(record[40..])));
        }

        Span<byte> first = stackalloc byte[2];
        Fill(first, 0);
        throw NoArchive(first is [0x80, >= 2 and <= 5]
            ? "it is of torch's old format (before 1.6), which is not read; save it again with a newer torch"
            : "it has no end record: it is cut short, or no archive at all");
    }

    private Directory Before(long record, Directory directory)
        => directory.Offset >= 0 && directory.Length >= 0 && directory.Offset <= record
            && directory.Length <= record - directory.Offset
            ? directory
            : throw NoArchive("its directory lies outside the file");

    /// <summary>Zip64 gives, in this order, only those of the three values that do not fit in 32 bits.</summary>
    private static void ReadExtra(ReadOnlySpan<byte> extra, ref long plain, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            var length = U16(extra[2..]);
            if (length > extra.Length - 4) return;
            var field = extra.Slice(4, length);
            if (U16(extra) == Zip64Extra)
            {
                Take(ref field, ref plain);
                Take(ref field, ref stored);
                Take(ref field, ref local);
                return;
            }

            extra = extra[(4 + length)..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = I64(field);
            field = field[8..];
        }
    }

    /// <summary>An entry's bytes follow its local header, whose lengths are its own.</summary>
    private Entry Locate(long local, long length, long end, string name, ReadOnlySpan<byte> nameBytes)
    {
        if (local < 0 || local > end - LocalLength - nameBytes.Length) throw Broken(name, "it lies outside the file");
        Span<byte> header = stackalloc byte[LocalLength + MaxName];
        header = header[..(LocalLength + nameBytes.Length)];
        Fill(header, local);
        if (U32(header) != LocalSignature) throw Broken(name, "its local header is not one");
        if (U16(header[26..]) != nameBytes.Length || !header[LocalLength..].SequenceEqual(nameBytes))
            throw Broken(name, "its local header bears another name");
        var offset = local + LocalLength + nameBytes.Length + U16(header[28..]);
        if (length < 0 || offset > end || length > end - offset) throw Broken(name, "it lies outside the file");
        return new Entry(offset, length);
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0) throw NoArchive("it is cut short");
            bytes = bytes[count..];
            offset += count;
        }
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long I64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);

    private ModelFormatException NoArchive(string rule)
        => new(_path, null, $"this is not an archive of torch: {rule}.");

    private ModelFormatException Broken(string entry, string rule)
        => new(_path, ModelFormatException.Shown(entry), $"{rule}.");
}
