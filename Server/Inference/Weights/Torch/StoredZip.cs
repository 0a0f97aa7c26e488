using System.Buffers.Binary;
using System.Text;

namespace Molmo.Demo.Inference.Weights.Torch;

/// <summary>
/// The central directory of a zip archive whose entries are stored without compression, as torch writes them: where in
/// the file each entry's bytes are, so that they can be mapped.
/// </summary>
/// <remarks>APPNOTE 6.3.9 sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3; zip64 included, other extensions refused.</remarks>
internal static class StoredZip
{
    private const uint LocalSignature = 0x04034b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint EndSignature = 0x06054b50;
    private const uint End64LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const int EndLength = 22;
    private const int MaxComment = 65535;
    private const long MaxDirectory = 64L << 20;
    private const ushort Zip64Extra = 1;

    /// <summary>An entry's bytes are at [Offset, Offset + Length) of the file.</summary>
    internal readonly record struct Entry(long Offset, long Length);

    /// <exception cref="ModelFormatException">Not a zip of stored entries, or its directory points outside the file.</exception>
    public static Dictionary<string, Entry> Read(Stream file, string path)
    {
        var (count, offset, length) = FindDirectory(file, path);
        if (length > MaxDirectory || offset < 0 || length < 0 || offset > file.Length - length || count > length / 46)
            throw Broken(path, "its directory lies outside the file");
        var directory = ReadAt(file, offset, (int)length, path);
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        var at = 0;
        for (var i = 0L; i < count; i++)
        {
            if (at + 46 > directory.Length || BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(at)) != CentralSignature)
                throw Broken(path, "its directory is cut short");
            var header = directory.AsSpan(at);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
            var method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
            long stored = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
            long plain = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
            var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
            var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
            var commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
            long local = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
            if (46 + nameLength + extraLength + commentLength > header.Length) throw Broken(path, "its directory is cut short");
            var name = Encoding.UTF8.GetString(header.Slice(46, nameLength));
            ReadExtra(header.Slice(46 + nameLength, extraLength), ref plain, ref stored, ref local);
            at += 46 + nameLength + extraLength + commentLength;
            if ((flags & 1) != 0) throw Broken(path, "it is encrypted", name);
            if (method != 0 || stored != plain) throw Broken(path, "it is compressed; torch stores its tensors plainly", name);
            if (!entries.TryAdd(name, Locate(file, local, stored, path, name))) throw Broken(path, "it appears twice", name);
        }
        return entries;
    }

    private static (long Count, long Offset, long Length) FindDirectory(Stream file, string path)
    {
        var tailLength = (int)Math.Min(file.Length, EndLength + MaxComment + 20);
        if (tailLength < EndLength) throw Broken(path, "it is too short");
        var tailStart = file.Length - tailLength;
        var tail = ReadAt(file, tailStart, tailLength, path);
        for (var i = tailLength - EndLength; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(i)) != EndSignature) continue;
            var end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != tailLength - i - EndLength) continue;
            var result = ((long)BinaryPrimitives.ReadUInt16LittleEndian(end[10..]), (long)BinaryPrimitives.ReadUInt32LittleEndian(end[16..]), (long)BinaryPrimitives.ReadUInt32LittleEndian(end[12..]));
            if (i < 20 || BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(i - 20)) != End64LocatorSignature) return result;
            var position = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(i - 20 + 8));
            if (position < 0 || position > file.Length - 56) throw Broken(path, "its zip64 record lies outside the file");
            var end64 = ReadAt(file, position, 56, path);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end64) != End64Signature) throw Broken(path, "its zip64 record is not one");
            return (BinaryPrimitives.ReadInt64LittleEndian(end64.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(end64.AsSpan(48)), BinaryPrimitives.ReadInt64LittleEndian(end64.AsSpan(40)));
        }
        throw Broken(path, "it has no end record; the file is cut short or of the old torch format");
    }

    // Zip64 gives, in this order, only those of the three values that do not fit in 32 bits.
    private static void ReadExtra(ReadOnlySpan<byte> extra, ref long plain, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4) return;
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (id != Zip64Extra) continue;
            Take(ref field, ref plain);
            Take(ref field, ref stored);
            Take(ref field, ref local);
            return;
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    private static Entry Locate(Stream file, long local, long length, string path, string name)
    {
        if (local < 0 || local > file.Length - 30) throw Broken(path, "it lies outside the file", name);
        var header = ReadAt(file, local, 30, path);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature) throw Broken(path, "its local header is not one", name);
        var offset = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (length < 0 || offset > file.Length - length) throw Broken(path, "it lies outside the file", name);
        return new Entry(offset, length);
    }

    private static byte[] ReadAt(Stream file, long offset, int length, string path)
    {
        var bytes = new byte[length];
        file.Position = offset;
        if (file.ReadAtLeast(bytes, length, throwOnEndOfStream: false) < length) throw Broken(path, "the file is cut short");
        return bytes;
    }

    private static ModelFormatException Broken(string path, string rule, string? entry = null)
        => new(path, entry, entry is null ? $"this is not an archive of torch: {rule}." : $"{rule}.");
}
