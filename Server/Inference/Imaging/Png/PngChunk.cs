using System.Buffers.Binary;
using System.IO.Hashing;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>One chunk, as offsets into the file.</summary>
internal readonly record struct PngChunk(uint Type, int Start, int Length)
{
    /// <summary>Offset behind the checksum.</summary>
    public int End => Start + Length + PngConstants.ChunkTail;
}

/// <summary>Steps from chunk to chunk. Reads heads only, so its work does not depend on what a chunk holds.</summary>
internal static class PngChunkReader
{
    /// <summary>The chunk at <paramref name="position"/>.</summary>
    /// <returns>False where the file ends before the chunk does, checksum included.</returns>
    public static bool TryRead(ReadOnlySpan<byte> file, int position, out PngChunk chunk)
        => TryReadPart(file, position, out chunk) && chunk.End <= file.Length;

    /// <summary>The same where the file ends within the chunk: then what of its data is there.</summary>
    public static bool TryReadPart(ReadOnlySpan<byte> file, int position, out PngChunk chunk)
    {
        chunk = default;
        if (position > file.Length - PngConstants.ChunkHead) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(file[position..]);
        var start = position + PngConstants.ChunkHead;
        var type = BinaryPrimitives.ReadUInt32BigEndian(file[(position + 4)..]);
        chunk = new PngChunk(type, start, (int)Math.Min(length, file.Length - start));
        return true;
    }

    /// <summary>Whether the checksum is there and holds.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> file, PngChunk chunk)
        => chunk.End <= file.Length && Crc32.HashToUInt32(file.Slice(chunk.Start - 4, chunk.Length + 4))
            == BinaryPrimitives.ReadUInt32BigEndian(file[(chunk.Start + chunk.Length)..]);

    /// <summary>Four letters, or a number where the type is not made of letters.</summary>
    public static string Name(uint type)
    {
        Span<char> name = [(char)(type >> 24), (char)(type >> 16 & 255), (char)(type >> 8 & 255), (char)(type & 255)];
        foreach (var letter in name)
            if (!char.IsAsciiLetter(letter)) return $"0x{type:x8}";
        return name.ToString();
    }
}

/// <summary>Chunk types as big-endian integers, and the sizes of the container.</summary>
internal static class PngConstants
{
    public const uint Ihdr = 0x49484452;
    public const uint Plte = 0x504C5445;
    public const uint Idat = 0x49444154;
    public const uint Iend = 0x49454E44;
    public const uint Exif = 0x65584966;
    public const uint Itxt = 0x69545874;
    public const uint Text = 0x74455874;
    public const uint Ztxt = 0x7A545874;
    public const uint Trns = 0x74524E53;
    public const uint Gamma = 0x67414D41;
    public const uint Chromaticities = 0x6348524D;
    public const uint Srgb = 0x73524742;
    public const uint Icc = 0x69434350;
    public const uint Cicp = 0x63494350;

    /// <summary>Apple's variant: colours in another order and deflate without its envelope.</summary>
    public const uint Cgbi = 0x43674249;

    /// <summary>Length and type before a chunk's data.</summary>
    public const int ChunkHead = 8;

    /// <summary>The checksum behind a chunk's data.</summary>
    public const int ChunkTail = 4;

    public const int IhdrLength = 13;

    /// <summary>A chunk that says what samples mean: which are transparent, and what colour they are.</summary>
    public static bool IsColor(uint type) => type is Trns or Gamma or Chromaticities or Srgb or Icc or Cicp;

    /// <summary>A chunk without which the picture cannot be shown: bit 5 of the type's first byte is clear.</summary>
    public static bool IsCritical(uint type) => (type & 0x20000000) == 0;
}
