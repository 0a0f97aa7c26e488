using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Metadata;

/// <summary>Finds the orientation in an EXIF block (a TIFF header and its first directory). Follows no other offset, so loops in the block cannot hold it.</summary>
internal static class ExifReader
{
    private const int OrientationTag = 0x0112;
    private const int TypeShort = 3;
    private const int TypeLong = 4;
    private const int EntrySize = 12;

    /// <summary>The first six bytes of a JPEG APP1 segment that holds EXIF; in PNG they are absent.</summary>
    public static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    /// <param name="tiff">The block from its byte-order mark on.</param>
    /// <returns>Null where the tag is absent, out of range, or the block is damaged: metadata never refuses a picture.</returns>
    public static Orientation? ReadOrientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return null;
        bool littleEndian;
        if (tiff.StartsWith("II*\0"u8)) littleEndian = true;
        else if (tiff.StartsWith("MM\0*"u8)) littleEndian = false;
        else return null;

        var offset = ReadUInt32(tiff[4..], littleEndian);
        if (offset < 8 || offset > tiff.Length - 2) return null;
        var directory = tiff[(int)offset..];
        var count = Math.Min(ReadUInt16(directory, littleEndian), (directory.Length - 2) / EntrySize);
        for (var i = 0; i < count; i++)
        {
            var entry = directory.Slice(2 + i * EntrySize, EntrySize);
            if (ReadUInt16(entry, littleEndian) == OrientationTag) return ReadValue(entry, littleEndian);
        }
        return null;
    }

    private static Orientation? ReadValue(ReadOnlySpan<byte> entry, bool littleEndian)
    {
        if (ReadUInt32(entry[4..], littleEndian) != 1) return null;
        var value = ReadUInt16(entry[2..], littleEndian) switch
        {
            TypeShort => ReadUInt16(entry[8..], littleEndian),
            TypeLong => ReadUInt32(entry[8..], littleEndian),
            _ => 0u,
        };
        return value is >= 1 and <= 8 ? (Orientation)value : null;
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> data, bool littleEndian)
        => littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(data) : BinaryPrimitives.ReadUInt16BigEndian(data);

    private static uint ReadUInt32(ReadOnlySpan<byte> data, bool littleEndian)
        => littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(data) : BinaryPrimitives.ReadUInt32BigEndian(data);
}
