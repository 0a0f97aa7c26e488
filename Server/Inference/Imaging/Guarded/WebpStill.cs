using System.Buffers.Binary;
using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// The picture of a WebP, or the first frame of a moving one (RFC 9649), with its alpha. Of the metadata only the
/// orientation and the colours are read.
/// </summary>
internal sealed record WebpStill : StillImage
{
    private const int RiffHead = 12;
    private const int ChunkHead = 8;
    private const int CanvasData = 10;
    private const int FrameData = 16;
    private const uint Vp8 = 0x20385056;
    private const uint Vp8L = 0x4C385056;
    private const uint Vp8X = 0x58385056;
    private const uint Frame = 0x464D4E41;
    private const uint Exif = 0x46495845;
    private const uint Icc = 0x50434349;
    private const uint Alpha = 0x48504C41;
    private const byte HasAlphaFlag = 0x10;

    private readonly Chunk _bits;
    private readonly Chunk? _alpha;
    private readonly bool _isAlphaInside;

    private WebpStill(
        Chunk bits, Chunk? alpha, bool isAlphaInside, (int Width, int Height) canvas, (int Width, int Height) frame)
        : base(ImageFormat.Webp, canvas.Width, canvas.Height, frame.Width, frame.Height)
        => (_bits, _alpha, _isAlphaInside) = (bits, alpha, isAlphaInside);

    public override bool HasAlpha => _isAlphaInside || _alpha is not null;

    public override int Channels => HasAlpha ? 4 : 3;

    /// <inheritdoc cref="StillImage.Read"/>
    public static WebpStill Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < RiffHead) throw Incomplete("The file ends in its RIFF header.");
        // What follows the RIFF chunk is no part of the picture.
        var end = Math.Min(file.Length, ChunkHead + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]));
        file = file[..(int)end];
        Chunk? canvas = null, frame = null, bits = null, alpha = null;
        Orientation? orientation = null;
        ColorProfile? profile = null;
        for (long at = RiffHead; Chunk.TryRead(file, at, out var chunk); at = chunk.Next)
        {
            if (chunk.Type == Vp8X) canvas ??= chunk;
            else if (chunk.Type == Exif) orientation ??= ExifReader.ReadOrientation(chunk.Data(file));
            else if (chunk.Type == Icc) profile ??= IccReader.Read(chunk.Data(file), isGrey: false);
            else if (bits is null && chunk.Type == Frame)
            {
                frame = chunk;
                (bits, alpha) = FindBits(chunk.Data(file), chunk.Start);
            }
            else if (bits is null && chunk.Type == Alpha) alpha ??= chunk;
            else if (bits is null && chunk.Type is Vp8 or Vp8L) bits = chunk;
        }
        if (bits is not { } found) throw Incomplete("There is no picture in the file.");
        var size = found.Type == Vp8 ? ReadLossySize(found.Data(file)) : ReadLosslessSize(found.Data(file));
        var whole = canvas is { } x ? ReadCanvas(x.Data(file)) : size;
        var isLossy = found.Type == Vp8;
        var still = new WebpStill(found, isLossy ? alpha : null, !isLossy && HasAlphaBit(found.Data(file)), whole, size)
        {
            Orientation = orientation ?? Orientation.Upright,
            Profile = profile,
        };
        if (frame is { } f) still = still.PlacedBy(f.Data(file));
        else if (whole != size)
            throw Damaged($"The canvas is {whole.Width} x {whole.Height}, the picture {size.Width} x {size.Height}.");
        return still;
    }

    public override byte[] Cut(ReadOnlySpan<byte> file)
    {
        if (_bits.Start + _bits.Length > file.Length)
            throw Incomplete($"The picture has {_bits.Length} bytes, of which {file.Length - _bits.Start} are here.");
        if (_alpha is { } alpha && alpha.Start + alpha.Length > file.Length)
            throw Incomplete($"The alpha has {alpha.Length} bytes, of which {file.Length - alpha.Start} are here.");
        var cut = new List<byte>();
        cut.AddRange("RIFF\0\0\0\0WEBP"u8);
        if (_alpha is { } plane)
        {
            Span<byte> canvas = [HasAlphaFlag, 0, 0, 0, .. UInt24(Width - 1), .. UInt24(Height - 1)];
            Append(cut, Vp8X, canvas);
            Append(cut, Alpha, plane.Data(file));
        }
        Append(cut, _bits.Type, _bits.Data(file));
        BinaryPrimitives.WriteInt32LittleEndian(CollectionsMarshal.AsSpan(cut)[4..], cut.Count - ChunkHead);
        return [.. cut];
    }

    public override void TakeRow(
        ReadOnlySpan<byte> file, int y, ReadOnlySpan<byte> decoded, Span<byte> rgb, Span<byte> alpha)
    {
        if (!HasAlpha)
        {
            base.TakeRow(file, y, decoded, rgb, alpha);
            return;
        }
        for (var (x, at) = (0, 0); at < rgb.Length; x += 4, at += 3) decoded.Slice(x, 3).CopyTo(rgb[at..]);
        for (var x = 0; x < alpha.Length; x++) alpha[x] = decoded[4 * x + 3];
    }

    private static void Append(List<byte> file, uint type, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        BinaryPrimitives.WriteUInt32LittleEndian(head, type);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], data.Length);
        file.AddRange(head);
        file.AddRange(data);
        if (data.Length % 2 != 0) file.Add(0);
    }

    private WebpStill PlacedBy(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < FrameData) throw Incomplete("The file ends in the head of its first frame.");
        var (left, top) = (2 * ReadUInt24(frame), 2 * ReadUInt24(frame[3..]));
        if ((ReadUInt24(frame[6..]) + 1, ReadUInt24(frame[9..]) + 1) != (Width, Height))
            throw Damaged("The first frame has another size than its picture.");
        if (left + Width > CanvasWidth || top + Height > CanvasHeight)
            throw Damaged("The first frame reaches over the canvas.");
        return this with { Left = left, Top = top };
    }

    private static (Chunk? Bits, Chunk? Alpha) FindBits(ReadOnlySpan<byte> frame, int start)
    {
        Chunk? alpha = null;
        for (long at = FrameData; Chunk.TryRead(frame, at, out var chunk); at = chunk.Next)
        {
            if (chunk.Type == Alpha) alpha ??= chunk with { Start = start + chunk.Start };
            else if (chunk.Type is Vp8 or Vp8L) return (chunk with { Start = start + chunk.Start }, alpha);
        }
        return (null, null);
    }

    private static (int Width, int Height) ReadCanvas(ReadOnlySpan<byte> data)
    {
        if (data.Length < CanvasData) throw Incomplete("The file ends in its canvas.");
        return (ReadUInt24(data[4..]) + 1, ReadUInt24(data[7..]) + 1);
    }

    // RFC 6386, 9.1: three bytes of tag, three of start code, then 14 bits each of width and height.
    private static (int Width, int Height) ReadLossySize(ReadOnlySpan<byte> data)
    {
        if (data.Length < 10) throw Incomplete("The file ends in the head of its picture.");
        ReadOnlySpan<byte> startCode = [0x9D, 0x01, 0x2A];
        if ((data[0] & 1) != 0 || !data[3..6].SequenceEqual(startCode))
            throw Damaged("The lossy picture does not begin with a key frame.");
        var width = BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF;
        var height = BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF;
        return width > 0 && height > 0 ? (width, height) : throw Damaged($"A lossy picture of {width} x {height}.");
    }

    // RFC 9649, 3.4: a byte, then 14 bits each of width and height less one, one of alpha, three of version.
    private static (int Width, int Height) ReadLosslessSize(ReadOnlySpan<byte> data)
    {
        if (data.Length < 5) throw Incomplete("The file ends in the head of its picture.");
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        if (data[0] != 0x2F || bits >> 29 != 0)
            throw Damaged("The lossless picture has an unknown signature or version.");
        return ((int)(bits & 0x3FFF) + 1, (int)(bits >> 14 & 0x3FFF) + 1);
    }

    // The bit behind the size.
    private static bool HasAlphaBit(ReadOnlySpan<byte> data)
        => (BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) >> 28 & 1) != 0;

    private static byte[] UInt24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    private static int ReadUInt24(ReadOnlySpan<byte> data) => data[0] | data[1] << 8 | data[2] << 16;

    // Its length is what the file says; the data may be cut off.
    private readonly record struct Chunk(uint Type, int Start, long Length)
    {
        /// <summary>Where the next one begins: lengths are filled up to even ones.</summary>
        public long Next => Start + Length + (Length & 1);

        public static bool TryRead(ReadOnlySpan<byte> file, long at, out Chunk chunk)
        {
            chunk = default;
            if (at > file.Length - ChunkHead) return false;
            var head = file[(int)at..];
            var type = BinaryPrimitives.ReadUInt32LittleEndian(head);
            chunk = new Chunk(type, (int)at + ChunkHead, BinaryPrimitives.ReadUInt32LittleEndian(head[4..]));
            return true;
        }

        /// <summary>What of its data is in the file.</summary>
        public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> file)
            => file.Slice(Start, (int)Math.Min(Length, file.Length - Start));
    }
}
