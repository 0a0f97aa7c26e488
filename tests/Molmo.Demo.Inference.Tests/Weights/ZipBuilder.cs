using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>Writes zip archives of stored entries, right and wrong ones.</summary>
internal sealed class ZipBuilder
{
    private readonly List<byte> _file = [];
    private readonly List<byte> _directory = [];
    private int _count;

    /// <summary>Whether sizes, offsets and the end are written in their zip64 forms.</summary>
    public bool Zip64 { get; init; }

    public ushort Flags { get; set; }

    public ushort Method { get; set; }

    /// <summary>Stated sizes and place of the next entry, where they shall not be true.</summary>
    public long? StoredLength { get; set; }

    public long? PlainLength { get; set; }

    public long? LocalOffset { get; set; }

    /// <summary>Name in the local header, where it shall be another.</summary>
    public string? LocalName { get; set; }

    public long? DirectoryOffset { get; set; }

    public long? DirectoryLength { get; set; }

    public long? Count { get; set; }

    public const int PaddingLength = 7;

    /// <summary>Bytes of the entries so far.</summary>
    public int Length => _file.Count;

    public ZipBuilder Add(string name, ReadOnlySpan<byte> content)
    {
        long local = LocalOffset ?? _file.Count, stored = StoredLength ?? content.Length,
            plain = PlainLength ?? content.Length;
        var nameBytes = Encoding.UTF8.GetBytes(name);
        var localName = Encoding.UTF8.GetBytes(LocalName ?? name);
        // As torch does, with a field of its own that moves the content to where it wants it.
        byte[] padding = [(byte)'F', (byte)'B', 3, 0, 0, 0, 0];
        U32(_file, 0x04034b50); U16(_file, 20); U16(_file, Flags); U16(_file, Method); U32(_file, 0); U32(_file, 0);
        U32(_file, 0); U32(_file, 0); U16(_file, localName.Length); U16(_file, padding.Length);
        _file.AddRange(localName);
        _file.AddRange(padding);
        _file.AddRange(content);

        List<byte> extra = [.. padding];
        if (Zip64)
        {
            U16(extra, 1); U16(extra, 24); U64(extra, plain); U64(extra, stored); U64(extra, local);
            stored = plain = local = uint.MaxValue;
        }

        U32(_directory, 0x02014b50); U16(_directory, 20); U16(_directory, 20); U16(_directory, Flags);
        U16(_directory, Method); U32(_directory, 0); U32(_directory, 0);
        U32(_directory, stored); U32(_directory, plain); U16(_directory, nameBytes.Length);
        U16(_directory, extra.Count); U16(_directory, 0);
        U16(_directory, 0); U16(_directory, 0); U32(_directory, 0); U32(_directory, local);
        _directory.AddRange(nameBytes);
        _directory.AddRange(extra);
        _count++;
        return this;
    }

    public byte[] ToArray(string comment = "")
    {
        List<byte> file = [.. _file, .. _directory];
        long offset = DirectoryOffset ?? _file.Count, length = DirectoryLength ?? _directory.Count,
            count = Count ?? _count;
        if (Zip64)
        {
            var record = file.Count;
            U32(file, 0x06064b50); U64(file, 44); U16(file, 45); U16(file, 45); U32(file, 0); U32(file, 0);
            U64(file, count); U64(file, count); U64(file, length); U64(file, offset);
            U32(file, 0x07064b50); U32(file, 0); U64(file, record); U32(file, 1);
            (offset, length, count) = (uint.MaxValue, uint.MaxValue, ushort.MaxValue);
        }

        U32(file, 0x06054b50); U32(file, 0); U16(file, (int)count); U16(file, (int)count); U32(file, length);
        U32(file, offset); U16(file, comment.Length);
        file.AddRange(Encoding.ASCII.GetBytes(comment));
        return [.. file];
    }

    private static void U16(List<byte> to, int value)
    {
        to.Add((byte)value);
        to.Add((byte)(value >> 8));
    }

    private static void U32(List<byte> to, long value) => Append(to, value, 4);

    private static void U64(List<byte> to, long value) => Append(to, value, 8);

    private static void Append(List<byte> to, long value, int length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        to.AddRange(bytes[..length]);
    }
}
