using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// A Windows bitmap of 1, 4, 8, 24 or 32 bits a pixel. It is written anew with a header of 40 bytes and a whole
/// palette. Run-length coding and 16 bits are refused: both are rare, and ImageSharp's pixels of them are not the
/// reference's.
/// </summary>
internal sealed record BmpStill : StillImage
{
    private const int FileHead = 14;
    private const int CoreHead = 12;
    private const int InfoHead = 40;
    private const int AlphaHead = 56;
    private const uint AlphaMask = 0xFF000000;
    private const int MostHead = 124;
    private const int Plain = 0;
    private const int BitFields = 3;

    private readonly int _headerLength;
    private readonly bool _isTopDown;
    private readonly int _depth;
    private readonly uint _usedColours;
    private readonly uint _data;
    private readonly bool _hasAlphaMask;

    private BmpStill(
        int width, int height, int headerLength, bool isTopDown, int depth, uint usedColours, uint data,
        bool hasAlphaMask)
        : base(ImageFormat.Bmp, width, height, width, height)
    {
        _hasAlphaMask = hasAlphaMask;
        (_headerLength, _isTopDown, _depth) = (headerLength, isTopDown, depth);
        (_usedColours, _data) = (usedColours, data);
    }

    // Rows are filled up to four bytes.
    private long RowBytes => ((long)Width * _depth + 31) / 32 * 4;

    /// <inheritdoc cref="StillImage.Read"/>
    public static BmpStill Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHead + 4) throw Incomplete("The file ends in its header.");
        var head = file[FileHead..];
        var length = Number(head);
        if (length is not (CoreHead or (>= InfoHead and <= MostHead)))
            throw Unsupported($"A header of {length} bytes.");
        if (head.Length < length) throw Incomplete("The file ends in its header.");
        return length == CoreHead ? ReadCore(file, head) : ReadInfo(file, head, (int)length);
    }

    public override bool HasAlpha => _hasAlphaMask;

    /// <summary>Colours come from the decoder, alpha from the file: the last byte of every pixel.</summary>
    public override void TakeRow(
        ReadOnlySpan<byte> file, int y, ReadOnlySpan<byte> decoded, Span<byte> rgb, Span<byte> alpha)
    {
        decoded.CopyTo(rgb);
        var row = file[(int)(_data + (_isTopDown ? y : Height - 1 - y) * RowBytes)..];
        for (var x = 0; x < alpha.Length; x++) alpha[x] = row[4 * x + 3];
    }

    public override byte[] Cut(ReadOnlySpan<byte> file)
    {
        if (_data < FileHead + _headerLength) throw Damaged($"The pixels begin at byte {_data}, in the header.");
        var needed = RowBytes * Height;
        if (_data + needed > file.Length)
            throw Incomplete($"The pixels need {needed} bytes from {_data} on; the file has {file.Length}.");
        var pixels = file.Slice((int)_data, (int)needed);
        var palette = _depth <= 8 ? Palette(file) : [];
        var cut = new byte[FileHead + InfoHead + palette.Length + pixels.Length];
        "BM"u8.CopyTo(cut);
        Write(cut, 2, cut.Length);
        Write(cut, 10, cut.Length - pixels.Length);
        Write(cut, 14, InfoHead);
        Write(cut, 18, Width);
        Write(cut, 22, _isTopDown ? -Height : Height);
        Write(cut, 26, 1 | _depth << 16);
        Write(cut, 34, pixels.Length);
        Write(cut, 46, palette.Length / 4);
        palette.CopyTo(cut.AsSpan(FileHead + InfoHead));
        pixels.CopyTo(cut.AsSpan(cut.Length - pixels.Length));
        return cut;
    }

    private static BmpStill ReadCore(ReadOnlySpan<byte> file, ReadOnlySpan<byte> head)
    {
        int width = Word(head[4..]), height = Word(head[6..]), depth = Word(head[10..]);
        if (width == 0 || height == 0) throw Damaged($"A bitmap of {width} x {height}.");
        Check(depth, Plain, head);
        return new BmpStill(
            width, height, CoreHead, isTopDown: false, depth, usedColours: 0, Number(file[10..]), hasAlphaMask: false);
    }

    private static BmpStill ReadInfo(ReadOnlySpan<byte> file, ReadOnlySpan<byte> head, int length)
    {
        var width = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        var height = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        var depth = Word(head[14..]);
        if (width <= 0 || height is 0 or int.MinValue) throw Damaged($"A bitmap of {width} x {height}.");
        Check(depth, Number(head[16..]), head);
        var data = Number(file[10..]);
        var hasAlphaMask = depth == 32 && Number(head[16..]) == BitFields && length >= AlphaHead
            && Number(head[(AlphaHead - 4)..]) == AlphaMask
            && HasOpaquePixel(file, data, (long)width * Math.Abs((long)height));
        return new BmpStill(
            width, Math.Abs(height), length, height < 0, depth, Number(head[32..]), data, hasAlphaMask);
    }

    // Where all are transparent the writer did not mean it, as browsers take it too.
    private static bool HasOpaquePixel(ReadOnlySpan<byte> file, uint data, long pixels)
    {
        for (long at = data + 3L, end = Math.Min(file.Length, data + 4 * pixels); at < end; at += 4)
            if (file[(int)at] != 0) return true;
        return false;
    }

    private static void Check(int depth, uint coding, ReadOnlySpan<byte> head)
    {
        // Bit fields that say what is so without them. Behind a short header or in a long one, they stand at the same
        // place.
        ReadOnlySpan<byte> usual = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0];
        var isPlain = coding == Plain || (coding == BitFields && depth == 32 && head[InfoHead..].StartsWith(usual));
        if (!isPlain || depth is not (1 or 4 or 8 or 24 or 32)) throw Unsupported($"Coding {coding} at {depth} bits.");
    }

    // Blue, green, red and an empty byte of every index there can be; those that the file does not give are black.
    private ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> file)
    {
        var start = FileHead + _headerLength;
        var entry = _headerLength == CoreHead ? 3 : 4;
        var most = 1u << _depth;
        var count = Math.Min(Math.Min(_usedColours == 0 ? most : _usedColours, most), (_data - start) / entry);
        var palette = new byte[4 * most];
        for (var i = 0; i < count; i++) file.Slice(start + i * entry, 3).CopyTo(palette.AsSpan(4 * i));
        return palette;
    }

    private static InvalidImageException Unsupported(string detail) => new(ImageFault.UnsupportedVariant, detail);

    private static ushort Word(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt16LittleEndian(data);

    private static uint Number(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt32LittleEndian(data);

    private static void Write(byte[] cut, int at, int value)
        => BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(at), value);
}
