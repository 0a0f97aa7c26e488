using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>What must be done to the stored pixels to see the picture upright; numbers as in EXIF tag 0x0112.</summary>
internal enum Orientation
{
    Upright = 1,
    MirrorColumns = 2,
    Rotate180 = 3,
    MirrorRows = 4,
    Transpose = 5,
    Rotate90 = 6,
    Transverse = 7,
    Rotate270 = 8,
}

/// <summary>
/// Finds the orientation in an EXIF block (a TIFF header and its first directory). Follows no other offset, so loops in
/// the block cannot hold it.
/// </summary>
internal static class ExifReader
{
    private const int OrientationTag = 0x0112;
    private const int TypeShort = 3;
    private const int TypeLong = 4;
    private const int EntrySize = 12;

    private const int PrefixLength = 6;

    /// <summary>
    /// Whether the six bytes that open an APP1 segment with EXIF are here; in PNG they are absent. The last is 0, and
    /// 255 from some cameras.
    /// </summary>
    public static bool HasPrefix(ReadOnlySpan<byte> data) => data.Length >= PrefixLength && data.StartsWith("Exif\0"u8);

    /// <param name="tiff">The block; its prefix may stand before it, as some writers put it in other types too.</param>
    /// <returns>Null where the tag is absent, out of range, or the block is damaged: metadata never refuses a
    /// picture.</returns>
    public static Orientation? ReadOrientation(ReadOnlySpan<byte> tiff)
    {
        if (HasPrefix(tiff)) tiff = tiff[PrefixLength..];
        var littleEndian = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!littleEndian && !tiff.StartsWith("MM\0*"u8))) return null;

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

/// <summary>Finds the orientation in XMP where a PNG has no EXIF block; the reference does the same.</summary>
internal static class XmpReader
{
    /// <summary>The keyword of its text chunk.</summary>
    public static ReadOnlySpan<byte> Keyword => "XML:com.adobe.xmp"u8;

    private static ReadOnlySpan<byte> Property => "tiff:Orientation"u8;

    /// <param name="text">The packet.</param>
    /// <returns>Null where there is no such property, or no value from 1 to 8.</returns>
    public static Orientation? ReadOrientation(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf(Property) is >= 0 and var at)
        {
            text = text[(at + Property.Length)..];

            // As an attribute (="6") or as an element (>6<).
            var value = text.StartsWith("=\""u8) ? text[2..] : text.StartsWith(">"u8) ? text[1..] : [];
            if (value.IsEmpty || !char.IsAsciiDigit((char)value[0])) continue;
            return value[0] is >= (byte)'1' and <= (byte)'8' ? (Orientation)(value[0] - '0') : null;
        }
        return null;
    }
}
