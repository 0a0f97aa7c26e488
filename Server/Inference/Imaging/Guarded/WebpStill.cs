using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// The picture of a WebP, or the first frame of a moving one (RFC 9649). Alpha is dropped, as in PNG, so that its chunk
/// is left behind; of the metadata only the orientation is read.
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

    private readonly Chunk _bits;

    private WebpStill(Chunk bits, (int Width, int Height) canvas, (int Width, int Height) frame)
        : base(ImageFormat.Webp, canvas.Width, canvas.Height, frame.Width, frame.Height) => _bits = bits;

    /// <inheritdoc cref="StillImage.Read"/>
    public static WebpStill Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < RiffHead) throw Incomplete("The file ends in its RIFF header.");
        // What follows the RIFF chunk is no part of the picture.
        var end = Math.Min(file.Length, ChunkHead + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]));
        file = file[..(int)end];
        Chunk? canvas = null, frame = null, bits = null;
        Orientation? orientation = null;
        for (long at = RiffHead; Chunk.TryRead(file, at, out var chunk); at = chunk.Next)
        {
            if (chunk.Type == Vp8X) canvas ??= chunk;
            else if (chunk.Type == Exif) orientation ??= ExifReader.ReadOrientation(chunk.Data(file));
            else if (bits is null && chunk.Type == Frame)
                (frame, bits) = (chunk, FindBits(chunk.Data(file), chunk.Start));
            else if (bits is null && chunk.Type is Vp8 or Vp8L) bits = chunk;
        }
        if (bits is not { } found) throw Incomplete("There is no picture in the file.");
        var size = found.Type == Vp8 ? ReadLossySize(found.Data(file)) : ReadLosslessSize(found.Data(file));
        var whole = canvas is { } x ? ReadCanvas(x.Data(file)) : size;
        var still = new WebpStill(found, whole, size) { Orientation = orientation ?? Orientation.Upright };
        if (frame is { } f) still = still.PlacedBy(f.Data(file));
        else if (whole != size)
            throw Damaged($"The canvas is {whole.Width} x {whole.Height}, the picture {size.Width} x {size.Height}.");
        return still;
    }

    public override byte[] Cut(ReadOnlySpan<byte> file)
    {
        if (_bits.Start + _bits.Length > file.Length)
            throw Incomplete($"The picture has {_bits.Length} bytes, of which {file.Length - _bits.Start} are here.");
        var length = (int)_bits.Length;
        var padded = length + (length & 1);
        var cut = new byte[RiffHead + ChunkHead + padded];
        "RIFF"u8.CopyTo(cut);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(4), cut.Length - ChunkHead);
        "WEBP"u8.CopyTo(cut.AsSpan(ChunkHead));
        BinaryPrimitives.WriteUInt32LittleEndian(cut.AsSpan(RiffHead), _bits.Type);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(RiffHead + 4), length);
        file.Slice(_bits.Start, length).CopyTo(cut.AsSpan(RiffHead + ChunkHead));
        return cut;
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

    private static Chunk? FindBits(ReadOnlySpan<byte> frame, int start)
    {
        for (long at = FrameData; Chunk.TryRead(frame, at, out var chunk); at = chunk.Next)
            if (chunk.Type is Vp8 or Vp8L) return chunk with { Start = start + chunk.Start };
        return null;
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
