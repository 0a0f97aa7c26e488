using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Colour types of IHDR: bit 0 palette, bit 1 colour, bit 2 alpha.</summary>
internal enum PngColorType : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The checked contents of IHDR; the bit depth is that of a sample or of a palette index.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    /// <summary>Bits of one pixel in the stream.</summary>
    public int BitsPerPixel => BitDepth * ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GreyAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    /// <summary>Distance in bytes to the sample that a filter calls its left neighbour.</summary>
    public int FilterStride => Math.Max(1, BitsPerPixel / 8);

    /// <summary>Bytes of a row of <paramref name="width"/> pixels without its filter byte.</summary>
    public int RowBytes(int width) => (int)(((long)width * BitsPerPixel + 7) / 8);

    /// <exception cref="InvalidImageException">A field that the specification forbids.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> data)
    {
        if (data.Length != PngConstants.IhdrLength) throw Damaged($"IHDR has {data.Length} bytes.");
        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw Damaged($"IHDR declares {width} x {height} pixels.");
        var header = new PngHeader((int)width, (int)height, data[8], (PngColorType)data[9], data[12] == 1);
        var depths = header.ColorType switch
        {
            PngColorType.Grey => (ReadOnlySpan<byte>)[1, 2, 4, 8, 16],
            PngColorType.Palette => [1, 2, 4, 8],
            PngColorType.Rgb or PngColorType.GreyAlpha or PngColorType.Rgba => [8, 16],
            _ => [],
        };
        if (!depths.Contains((byte)header.BitDepth))
            throw Damaged($"Bit depth {header.BitDepth} with colour type {data[9]} is not allowed.");
        if (data[10] != 0) throw Damaged($"Compression method {data[10]} is unknown.");
        if (data[11] != 0) throw Damaged($"Filter method {data[11]} is unknown.");
        if (data[12] > 1) throw Damaged($"Interlace method {data[12]} is unknown.");
        return header;
    }

    private static InvalidImageException Damaged(string detail) => new(ImageFault.Damaged, detail);
}
