using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// The first frame of a GIF (version 89a). It is written anew with greys for its palette, so that what comes back is
/// the number of each pixel's colour, of which one may be transparent.
/// </summary>
internal sealed record GifStill : StillImage
{
    private const int Colours = 256;
    private const int ScreenHead = 13;
    private const int FrameHead = 10;

    // Codes grow to twelve bits, and begin with one less at most.
    private const int MostCodeBits = 11;

    private const byte Extension = 0x21;
    private const byte Frame = 0x2C;
    private const byte Trailer = 0x3B;
    private const byte GraphicControl = 0xF9;
    private const byte HasPalette = 0x80;
    private const byte IsInterlaced = 0x40;

    // Red, green, blue of 256 entries.
    private readonly byte[] _palette;
    private readonly int? _transparentIndex;
    private readonly bool _isInterlaced;
    private readonly int _data;

    private GifStill(
        (int Width, int Height) canvas, (int Width, int Height) frame, byte[] palette, int? transparentIndex,
        bool isInterlaced, int data)
        : base(ImageFormat.Gif, canvas.Width, canvas.Height, frame.Width, frame.Height)
        => (_palette, _transparentIndex, _isInterlaced, _data) = (palette, transparentIndex, isInterlaced, data);

    /// <summary>The transparent entry, else the first, as in the reference.</summary>
    public override (byte Red, byte Green, byte Blue) Background
    {
        get
        {
            var at = 3 * (_transparentIndex ?? 0);
            return (_palette[at], _palette[at + 1], _palette[at + 2]);
        }
    }

    public override bool HasAlpha => _transparentIndex is not null;

    /// <inheritdoc cref="StillImage.Read"/>
    public static GifStill Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < ScreenHead) throw Incomplete("The file ends in its header.");
        if (!file.StartsWith("GIF87a"u8) && !file.StartsWith("GIF89a"u8))
            throw Damaged("The version is neither 87a nor 89a.");
        var at = ScreenHead;
        var shared = ReadPalette(file, file[10], ref at);
        int? transparent = null;
        while (true)
        {
            if (at >= file.Length) throw Incomplete("The file ends before its first frame.");
            switch (file[at++])
            {
                case Extension:
                    if (at + 6 <= file.Length && file[at] == GraphicControl && file[at + 1] >= 4)
                        transparent = (file[at + 2] & 1) != 0 ? file[at + 5] : null;
                    at = SkipBlocks(file, at + 1) ?? throw Incomplete("The file ends in an extension.");
                    break;
                case Frame:
                    return ReadFrame(file, at - 1, shared, transparent);
                case Trailer:
                    throw Damaged("There is no frame.");
                default:
                    throw Damaged($"Block 0x{file[at - 1]:x2} is unknown.");
            }
        }
    }

    public override byte[] Cut(ReadOnlySpan<byte> file)
    {
        if (_data >= file.Length) throw Incomplete("The file ends before its pixels.");
        if (file[_data] is < 2 or > MostCodeBits)
            throw new InvalidImageException(ImageFault.UnsupportedVariant, $"Codes of {file[_data]} bits.");
        var end = SkipBlocks(file, _data + 1) ?? throw Incomplete("The file ends in its first frame.");
        return
        [
            .. "GIF89a"u8, .. Size(), HasPalette | 0x70 | 7, 0, 0, .. Greys(),
            Frame, 0, 0, 0, 0, .. Size(), _isInterlaced ? IsInterlaced : (byte)0, .. file[_data..end],
            Trailer,
        ];
    }

    public override void TakeRow(
        ReadOnlySpan<byte> file, int y, ReadOnlySpan<byte> decoded, Span<byte> rgb, Span<byte> alpha)
    {
        for (var at = 0; at < rgb.Length; at += 3) _palette.AsSpan(3 * decoded[at], 3).CopyTo(rgb[at..]);
        for (var x = 0; x < alpha.Length; x++)
            alpha[x] = decoded[3 * x] == _transparentIndex ? byte.MinValue : byte.MaxValue;
    }

    private static GifStill ReadFrame(ReadOnlySpan<byte> file, int at, byte[]? shared, int? transparent)
    {
        if (at + FrameHead > file.Length) throw Incomplete("The file ends in the head of its first frame.");
        var (left, top) = (Word(file, at + 1), Word(file, at + 3));
        var (width, height) = (Word(file, at + 5), Word(file, at + 7));
        if (width == 0 || height == 0) throw Damaged($"A frame of {width} x {height}.");
        var flags = file[at + 9];
        at += FrameHead;
        var palette = ReadPalette(file, flags, ref at) ?? shared ?? Greys();
        // A frame that reaches over the screen makes it larger, as in the reference.
        var canvas = (Math.Max(Word(file, 6), left + width), Math.Max(Word(file, 8), top + height));
        var isInterlaced = (flags & IsInterlaced) != 0;
        return new GifStill(canvas, (width, height), palette, transparent, isInterlaced, at) { Left = left, Top = top };
    }

    private static byte[]? ReadPalette(ReadOnlySpan<byte> file, byte flags, ref int at)
    {
        if ((flags & HasPalette) == 0) return null;
        var length = 3 * (2 << (flags & 7));
        if (at + length > file.Length) throw Incomplete("The file ends in a palette.");
        var palette = new byte[3 * Colours];
        file.Slice(at, length).CopyTo(palette);
        at += length;
        return palette;
    }

    /// <returns>The offset behind the empty block that ends them; null where the file ends before.</returns>
    private static int? SkipBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length)
        {
            if (file[at] == 0) return at + 1;
            at += 1 + file[at];
        }
        return null;
    }

    private byte[] Size() => [(byte)Width, (byte)(Width >> 8), (byte)Height, (byte)(Height >> 8)];

    private static byte[] Greys() => [.. Enumerable.Range(0, 3 * Colours).Select(i => (byte)(i / 3))];

    private static int Word(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);
}
