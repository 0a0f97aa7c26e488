using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>The smallest library for Linux on x64 that names others: header, segments, names, dynamic table.</summary>
internal static class LibraryFile
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;

    /// <param name="needed">Names of the libraries that it needs.</param>
    public static byte[] Make(params string[] needed)
    {
        var names = Encoding.ASCII.GetBytes("\0" + string.Concat(needed.Select(name => name + "\0")));
        const int NamesAt = HeaderSize + (2 * SegmentSize);
        var tableAt = (NamesAt + names.Length + 7) / 8 * 8;
        List<(long Tag, long Value)> entries = [(5, NamesAt), (10, names.Length)];
        var name = 1;
        foreach (var library in needed)
        {
            entries.Add((1, name));
            name += library.Length + 1;
        }

        entries.Add((0, 0));
        var file = new byte[tableAt + (16 * entries.Count)];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Write16(file, 16, 3);
        Write16(file, 18, 62);
        Write64(file, 32, HeaderSize);
        Write16(file, 54, SegmentSize);
        Write16(file, 56, 2);
        Segment(file, HeaderSize, 1, 0, file.Length);
        Segment(file, HeaderSize + SegmentSize, 2, tableAt, 16 * entries.Count);
        names.CopyTo(file, NamesAt);
        for (var index = 0; index < entries.Count; index++)
        {
            Write64(file, tableAt + (16 * index), entries[index].Tag);
            Write64(file, tableAt + (16 * index) + 8, entries[index].Value);
        }

        return file;
    }

    private static void Segment(byte[] file, int at, byte type, long offset, long size)
    {
        file[at] = type;
        Write64(file, at + 8, offset);
        Write64(file, at + 16, offset);
        Write64(file, at + 32, size);
    }

    private static void Write16(byte[] file, int at, ushort value)
        => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void Write64(byte[] file, int at, long value)
        => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), value);
}
