using System.Buffers.Binary;
using System.IO.Compression;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>
/// The tables of a font in the web's form (W3C, WOFF File Format 2.0), unpacked, but for the outlines, which stay in
/// the form that the file has them in. The drawing library as built for machines without fonts does not read it.
/// </summary>
internal sealed class Woff2File
{
    private const int HeaderLength = 48;
    private const uint Signature = 0x774F4632;

    // The first of the names that stand as numbers in the directory; the others are not read here.
    private static readonly string[] KnownTags =
        ["cmap", "head", "hhea", "hmtx", "maxp", "name", "OS/2", "post", "cvt ", "fpgm", "glyf", "loca"];

    private readonly Dictionary<string, (int Start, int Length, int Transform)> _tables = [];
    private readonly byte[] _data;

    /// <exception cref="InvalidDataException">It is not a font of that form.</exception>
    public Woff2File(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderLength || BinaryPrimitives.ReadUInt32BigEndian(file) != Signature)
            throw new InvalidDataException("It is not a WOFF2 file.");
        var count = BinaryPrimitives.ReadUInt16BigEndian(file[12..]);
        var compressed = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        var at = HeaderLength;
        var total = 0;
        for (var i = 0; i < count; i++)
        {
            var flags = file[at++];
            var known = flags & 0x3F;
            var transform = flags >> 6;
            var tag = known < KnownTags.Length ? KnownTags[known] : $"#{known}.{i}";
            if (known == 0x3F) at += 4;
            var length = ReadBase128(file, ref at);
            // Outlines and their places are in another form unless the number says 3, all others if it is not 0.
            var isOutline = tag is "glyf" or "loca";
            if (isOutline ? transform != 3 : transform != 0) length = ReadBase128(file, ref at);
            _tables[tag] = (total, length, transform);
            total += length;
        }
        _data = new byte[total];
        if (!BrotliDecoder.TryDecompress(file.Slice(at, compressed), _data, out var written) || written != total)
            throw new InvalidDataException("Its tables cannot be unpacked.");
    }

    /// <summary>A table as the file has it, and the number of the form.</summary>
    public (ReadOnlyMemory<byte> Data, int Transform) Table(string tag)
        => _tables.TryGetValue(tag, out var table)
            ? (_data.AsMemory(table.Start, table.Length), table.Transform)
            : throw new InvalidDataException($"It has no table {tag}.");

    private static int ReadBase128(ReadOnlySpan<byte> data, ref int at)
    {
        var value = 0;
        for (var i = 0; i < 5; i++)
        {
            var next = data[at++];
            value = (value << 7) | (next & 0x7F);
            if (next < 0x80) return value;
        }
        throw new InvalidDataException("It has a number of more than five bytes.");
    }
}
