namespace Molmo.Demo.Inference.Imaging.Metadata;

/// <summary>Finds the orientation in XMP where a PNG has no EXIF block; the reference does the same.</summary>
internal static class XmpReader
{
    private static ReadOnlySpan<byte> Keyword => "XML:com.adobe.xmp\0"u8;

    private static ReadOnlySpan<byte> Property => "tiff:Orientation"u8;

    /// <param name="text">Data of an iTXt chunk. Compressed text is left alone.</param>
    /// <returns>Null where there is no such property, or no value from 1 to 8.</returns>
    public static Orientation? ReadOrientation(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith(Keyword)) return null;
        text = text[Keyword.Length..];
        const byte Uncompressed = 0;
        if (text.IsEmpty || text[0] != Uncompressed) return null;
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
