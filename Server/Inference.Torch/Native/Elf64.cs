using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>
/// Reads what the system's loader reads of a library for Linux on x64: its segments and its dynamic table. Every number
/// in the file is checked against the file's end. Source: System V ABI, chapters 4 and 5; Linux Standard Base, on
/// symbol versions.
/// </summary>
internal sealed class Elf64
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int SectionSize = 64;
    private const int EntrySize = 16;

    // A library asks for some dozens.
    private const int MaxRequests = 4096;

    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;

    private const long NeededTag = 1;
    private const long StringsTag = 5;
    private const long StringsSizeTag = 10;
    private const long RequestsTag = 0x6ffffffe;
    private const long RequestCountTag = 0x6fffffff;

    private const string DamagedVersions = "its table of versions is damaged";

    private readonly Stream _file;
    private readonly List<Segment> _segments = [];
    private readonly long _sectionsEnd;

    /// <param name="file">The library, seekable; it stays the caller's.</param>
    /// <exception cref="InvalidDataException">It is no library for Linux on x64, or its header is cut.</exception>
    public Elf64(Stream file)
    {
        _file = file;
        Span<byte> header = stackalloc byte[HeaderSize];
        Read(0, header);

        // Magic, 64 bits, little endian; a shared object; x64.
        if (!header.StartsWith("\u007fELF\u0002\u0001"u8) || Int16(header, 16) != 3 || Int16(header, 18) != 62)
            throw new InvalidDataException("it is not a library for Linux on x64");
        if (Int16(header, 54) != SegmentSize || Int16(header, 58) is not (SectionSize or 0))
            throw new InvalidDataException("its header is damaged");
        var start = Int64(header, 32);
        Span<byte> segment = stackalloc byte[SegmentSize];
        for (var index = 0; index < Int16(header, 56); index++)
        {
            Read(Add(start, index * SegmentSize), segment);
            _segments.Add(new Segment(Int32(segment, 0), Int64(segment, 8), Int64(segment, 16), Int64(segment, 32)));
        }

        _sectionsEnd = Add(Int64(header, 40), Int16(header, 60) * SectionSize);
    }

    /// <summary>Checks that the file reaches to the end of all that its header names.</summary>
    /// <exception cref="InvalidDataException">It is cut.</exception>
    public void CheckLength()
    {
        var end = _segments.Where(segment => segment.Type == LoadSegment)
            .Select(segment => Add(segment.Offset, segment.FileSize)).Append(_sectionsEnd).Max();
        if (end > _file.Length) throw new InvalidDataException($"it is cut after {_file.Length} of {end} bytes");
    }

    /// <summary>Names of the libraries that it needs, such as <c>libc.so.6</c>.</summary>
    /// <exception cref="InvalidDataException">The dynamic table is damaged.</exception>
    public List<string> Needed()
    {
        var table = Dynamic();
        return [.. table.Where(entry => entry.Tag == NeededTag).Select(entry => Text(table, entry.Value))];
    }

    /// <summary>The versions that it asks of other libraries.</summary>
    /// <exception cref="InvalidDataException">The table of versions is damaged.</exception>
    public List<VersionRequest> VersionRequests()
    {
        var table = Dynamic();
        List<VersionRequest> requests = [];
        if (!table.Exists(entry => entry.Tag == RequestsTag)) return requests;
        var library = FileOffset(Value(table, RequestsTag));
        Span<byte> bytes = stackalloc byte[EntrySize];

        // A library's entry: version, count, name, offsets of its first request and of the next library.
        for (var left = Value(table, RequestCountTag); left > 0; left--)
        {
            Read(library, bytes);
            var next = Int32(bytes, 12);
            var request = Add(library, Int32(bytes, 8));
            if (Int16(bytes, 2) == 0) throw new InvalidDataException(DamagedVersions);
            for (var count = (int)Int16(bytes, 2); count > 0; count--)
            {
                // A request: hash, flags, number, name, offset of the next.
                Read(request, bytes);
                if (requests.Count == MaxRequests) throw new InvalidDataException(DamagedVersions);
                requests.Add(new VersionRequest(
                    Text(table, Int32(bytes, 8)), Int32(bytes, 0), Int16(bytes, 4), request + 4));
                var step = Int32(bytes, 12);
                if (step == 0 && count > 1) throw new InvalidDataException(DamagedVersions);
                request = Add(request, step);
            }

            if (next == 0 && left > 1) throw new InvalidDataException(DamagedVersions);
            library = Add(library, next);
        }

        return requests;
    }

    private List<Entry> Dynamic()
    {
        var segment = _segments.Find(segment => segment.Type == DynamicSegment)
            ?? throw new InvalidDataException("it has no dynamic table");
        List<Entry> entries = [];
        Span<byte> bytes = stackalloc byte[EntrySize];
        for (long at = 0; at <= segment.FileSize - EntrySize; at += EntrySize)
        {
            Read(Add(segment.Offset, at), bytes);
            var entry = new Entry(Int64(bytes, 0), Int64(bytes, 8));
            if (entry.Tag == 0) break;
            entries.Add(entry);
        }

        return entries;
    }

    private string Text(List<Entry> table, long offset)
    {
        var size = Value(table, StringsSizeTag);
        if (offset < 0 || offset >= size)
            throw new InvalidDataException("a name in it is outside its table of names");
        var bytes = new byte[Math.Min(size - offset, 256)];
        Read(Add(FileOffset(Value(table, StringsTag)), offset), bytes);
        var end = Array.IndexOf(bytes, (byte)0);
        return end >= 0
            ? Encoding.UTF8.GetString(bytes, 0, end)
            : throw new InvalidDataException("a name in it has no end");
    }

    private static long Value(List<Entry> table, long tag)
        => table.Find(entry => entry.Tag == tag)?.Value
            ?? throw new InvalidDataException("its dynamic table is not complete");

    // The dynamic table holds addresses in memory.
    private long FileOffset(long address)
        => _segments.Find(segment => segment.Type == LoadSegment && address >= segment.Address
            && address - segment.Address < segment.FileSize) is { } segment
            ? Add(segment.Offset, address - segment.Address)
            : throw new InvalidDataException("an address in it is outside its segments");

    private void Read(long offset, Span<byte> bytes)
    {
        if (offset < 0 || offset > _file.Length - bytes.Length)
            throw new InvalidDataException($"it is cut after {_file.Length} bytes");
        _file.Position = offset;
        _file.ReadExactly(bytes);
    }

    private static long Add(long offset, long more)
        => offset >= 0 && more >= 0 && offset <= long.MaxValue - more
            ? offset + more
            : throw new InvalidDataException("an offset in it is too large");

    private static ushort Int16(ReadOnlySpan<byte> bytes, int at)
        => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Int32(ReadOnlySpan<byte> bytes, int at)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at)
        => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private sealed record Segment(uint Type, long Offset, long Address, long FileSize);

    private sealed record Entry(long Tag, long Value);
}

/// <summary>A version that a library asks of another one.</summary>
/// <param name="Name">Such as <c>GLIBC_2.34</c>.</param>
/// <param name="Hash">The ELF hash of the name.</param>
/// <param name="Flags">Bits; 2 is for a request that need not be met.</param>
/// <param name="FlagsOffset">Where in the file the two bytes of the flags are.</param>
internal sealed record VersionRequest(string Name, uint Hash, ushort Flags, long FlagsOffset);
