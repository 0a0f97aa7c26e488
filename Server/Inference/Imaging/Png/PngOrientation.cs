namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// The orientation that a PNG brings along: in eXIf, else as EXIF in a text chunk, where programs put it before eXIf
/// was there, else in XMP.
/// </summary>
internal sealed class PngOrientation
{
    private const int LongestKeyword = 79;

    // Hexadecimal digits and line ends of the first directory, which is what is read.
    private const int MostText = 1 << 16;

    // Many such chunks are not much work.
    private const int MostInflated = 4;

    private Orientation? _chunk;
    private Orientation? _text;
    private Orientation? _xmp;
    private int _inflated;

    public Orientation Found => _chunk ?? _text ?? _xmp ?? Orientation.Upright;

    private static ReadOnlySpan<byte> RawProfile => "Raw profile type "u8;

    /// <summary>Looks whether a chunk is one of those.</summary>
    public void Read(ReadOnlySpan<byte> file, PngChunk chunk)
    {
        var data = file.Slice(chunk.Start, chunk.Length);
        switch (chunk.Type)
        {
            case PngConstants.Exif when PngChunkReader.IsIntact(file, chunk):
                _chunk ??= ExifReader.ReadOrientation(data);
                break;
            case PngConstants.Text or PngConstants.Ztxt or PngConstants.Itxt:
                ReadText(chunk.Type, data);
                break;
        }
    }

    private void ReadText(uint type, ReadOnlySpan<byte> data)
    {
        var end = data[..Math.Min(data.Length, LongestKeyword + 1)].IndexOf((byte)0);
        if (end < 0) return;
        var keyword = data[..end];
        var isExif = keyword.StartsWith(RawProfile) && IsExifName(keyword[RawProfile.Length..]);
        if (!isExif && !keyword.SequenceEqual(XmpReader.Keyword)) return;
        if (Text(type, data[(end + 1)..]) is not { } text) return;
        if (isExif) _text ??= ExifReader.ReadOrientation(FromHexadecimal(text));
        else _xmp ??= XmpReader.ReadOrientation(text);
    }

    // "APP1" is what ImageMagick calls it; XMP under that name has no TIFF header and gives nothing.
    private static bool IsExifName(ReadOnlySpan<byte> name)
        => name.SequenceEqual("exif"u8) || name.SequenceEqual("APP1"u8);

    private byte[]? Text(uint type, ReadOnlySpan<byte> rest)
    {
        const byte Deflate = 0;
        switch (type)
        {
            case PngConstants.Text:
                return rest[..Math.Min(rest.Length, MostText)].ToArray();
            case PngConstants.Ztxt:
                return rest is [Deflate, .. var compressed] ? Inflate(compressed) : null;
            default:
                if (rest.Length < 2) return null;
                var (isCompressed, method) = (rest[0] != 0, rest[1]);
                rest = rest[2..];
                // Language and translated keyword.
                for (var i = 0; i < 2; i++)
                {
                    var end = rest.IndexOf((byte)0);
                    if (end < 0) return null;
                    rest = rest[(end + 1)..];
                }
                return !isCompressed ? rest.ToArray() : method == Deflate ? Inflate(rest) : null;
        }
    }

    private byte[]? Inflate(ReadOnlySpan<byte> compressed)
        => _inflated++ < MostInflated ? BoundedInflater.Begin(compressed, MostText) : null;

    // A line end, the profile's name, its length in decimal digits, then the bytes as hexadecimal digits in lines.
    private static byte[] FromHexadecimal(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart("\r\n "u8);
        for (var line = 0; line < 2; line++)
        {
            var end = text.IndexOf((byte)'\n');
            if (end < 0) return [];
            text = text[(end + 1)..];
        }
        var bytes = new List<byte>(text.Length / 2);
        var high = -1;
        foreach (var letter in text)
        {
            if (!char.IsAsciiHexDigit((char)letter)) continue;
            var value = letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
            if (high < 0) high = value;
            else
            {
                bytes.Add((byte)(high << 4 | value));
                high = -1;
            }
        }
        return [.. bytes];
    }
}
