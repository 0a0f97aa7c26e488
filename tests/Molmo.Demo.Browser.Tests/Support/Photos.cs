using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Picture files made for the tests.</summary>
internal static class Photos
{
    /// <summary>Written into the metadata of <see cref="Oriented"/>; must be found nowhere afterwards.</summary>
    public const string Canary = "CANARY-52N-13E";

    public static string Sample(string name) => Path.Combine(TestData.Samples, name);

    public static RgbImage Decode(byte[] file)
        => ImageDecoder.Decode(file, DecoderLimits.Default, TestContext.Current.CancellationToken);

    /// <summary>
    /// The picture as a camera held in this way stores it: pixels turned, and an EXIF segment that says how.
    /// </summary>
    public static byte[] Oriented(RgbImage upright, int orientation)
    {
        var stored = new MemoryStream();
        JpegEncoder.Encode(Turn(upright, orientation), 95, stored);
        var jpeg = stored.ToArray();
        return [.. jpeg[..2], .. Exif(orientation), .. jpeg[2..]];
    }

    /// <summary>Four quarters: red and green above, blue and white below.</summary>
    public static RgbImage Quarters(int width, int height)
    {
        byte[][] colours = [[220, 20, 20], [20, 200, 20], [20, 20, 220], [250, 250, 250]];
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                colours[(2 * y >= height ? 2 : 0) + (2 * x >= width ? 1 : 0)].CopyTo(pixels, (y * width + x) * 3);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>A PNG of one bit a pixel, of which any size is a small file: stripes of 200 rows.</summary>
    public static byte[] Stripes(int width, int height)
    {
        var row = 1 + (width + 7) / 8;
        using var compressed = new MemoryStream();
        using (var deflater = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var (light, dark) = (new byte[row], new byte[row]);
            light.AsSpan(1).Fill(byte.MaxValue);
            for (var y = 0; y < height; y++) deflater.Write(y / 200 % 2 == 0 ? light : dark);
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", compressed.ToArray()),
            .. Chunk("IEND", [])];

        static byte[] Chunk(string type, byte[] data)
        {
            byte[] named = [.. Encoding.ASCII.GetBytes(type), .. data];
            var (length, checksum) = (new byte[4], new byte[4]);
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
            BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32.HashToUInt32(named));
            return [.. length, .. named, .. checksum];
        }
    }

    /// <summary>24 bits, bottom row first.</summary>
    public static byte[] Bmp(RgbImage image)
    {
        var stride = (image.Width * 3 + 3) / 4 * 4;
        var file = new byte[54 + stride * image.Height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        file[10] = 54;
        file[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), image.Height);
        file[26] = 1;
        file[28] = 24;
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var from = (y * image.Width + x) * 3;
                var to = 54 + (image.Height - 1 - y) * stride + x * 3;
                (file[to], file[to + 1], file[to + 2]) =
                    (image.Pixels[from + 2], image.Pixels[from + 1], image.Pixels[from]);
            }
        }
        return file;
    }

    /// <summary>Up to 128 colours. Codes stay at 8 bits because the table is cleared before it outgrows them.</summary>
    public static byte[] Gif(RgbImage image)
    {
        var palette = new Dictionary<(byte, byte, byte), byte>();
        var codes = new List<byte>();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            if (i % 100 == 0) codes.Add(128);
            var colour = (image.Pixels[3 * i], image.Pixels[3 * i + 1], image.Pixels[3 * i + 2]);
            if (!palette.TryGetValue(colour, out var index)) palette[colour] = index = (byte)palette.Count;
            codes.Add(index);
        }
        codes.Add(129);

        var file = new List<byte>();
        file.AddRange("GIF89a"u8);
        file.AddRange(
            [(byte)image.Width, (byte)(image.Width >> 8), (byte)image.Height, (byte)(image.Height >> 8), 0xF6, 0, 0]);
        var table = new byte[128 * 3];
        foreach (var ((r, g, b), index) in palette) (table[3 * index], table[3 * index + 1], table[3 * index + 2]) =
            (r, g, b);
        file.AddRange(table);
        file.AddRange([0x2C, 0, 0, 0, 0, (byte)image.Width, (byte)(image.Width >> 8), (byte)image.Height,
            (byte)(image.Height >> 8), 0, 7]);
        foreach (var block in codes.Chunk(255))
        {
            file.Add((byte)block.Length);
            file.AddRange(block);
        }
        file.AddRange([0, 0x3B]);
        return [.. file];
    }

    /// <summary>An icon that holds the picture as PNG; at most 255 pixels a side.</summary>
    public static byte[] Icon(byte[] png, RgbImage image)
    {
        const int Offset = 22;
        var head = new byte[Offset];
        (head[2], head[4], head[6], head[7], head[10], head[12]) = (1, 1, (byte)image.Width, (byte)image.Height, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(14), png.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(18), Offset);
        return [.. head, .. png];
    }

    /// <summary>Pixels such that showing them by the EXIF rule of this orientation gives the upright picture.</summary>
    private static RgbImage Turn(RgbImage upright, int orientation)
    {
        var (width, height) = (upright.Width, upright.Height);
        var (storedWidth, storedHeight) = orientation >= 5 ? (height, width) : (width, height);
        var pixels = new byte[upright.Pixels.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (right, bottom) = (width - 1 - x, height - 1 - y);
                var (sx, sy) = orientation switch
                {
                    1 => (x, y),
                    2 => (right, y),
                    3 => (right, bottom),
                    4 => (x, bottom),
                    5 => (y, x),
                    6 => (y, right),
                    7 => (bottom, right),
                    8 => (bottom, x),
                    _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
                };
                upright.Pixels.AsSpan((y * width + x) * 3, 3).CopyTo(pixels.AsSpan((sy * storedWidth + sx) * 3));
            }
        }
        return new RgbImage(storedWidth, storedHeight, pixels);
    }

    /// <summary>APP1 with one directory: a description that must not survive, and the orientation.</summary>
    private static byte[] Exif(int orientation)
    {
        const int directory = 8, entries = 2, text = directory + 2 + entries * 12 + 4;
        var tiff = new byte[text + Canary.Length + 1];
        "II*\0"u8.CopyTo(tiff);
        tiff[4] = directory;
        tiff[directory] = entries;
        Entry(tiff.AsSpan(directory + 2), 0x010E, 2, Canary.Length + 1, text);
        Entry(tiff.AsSpan(directory + 14), 0x0112, 3, 1, orientation);
        System.Text.Encoding.ASCII.GetBytes(Canary).CopyTo(tiff, text);

        var length = 2 + 6 + tiff.Length;
        return [0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. "Exif\0\0"u8, .. tiff];
    }

    private static void Entry(Span<byte> entry, ushort tag, ushort type, int count, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(entry, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], type);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], count);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], value);
    }
}
