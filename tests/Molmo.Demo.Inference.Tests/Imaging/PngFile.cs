using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Molmo.Demo.Inference.Imaging.Png;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Builds small PNG files by hand, right or wrong.</summary>
internal static class PngFile
{
    public static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A whole file of one IDAT; <paramref name="between"/> stands before it.</summary>
    public static byte[] Make(byte[] ihdr, byte[] rows, params byte[][] between)
        => Join([Signature, Chunk("IHDR", ihdr), .. between, Chunk("IDAT", Deflate(rows)), Chunk("IEND", [])]);

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Ihdr(
        uint width, uint height, byte depth, byte colorType, byte compression = 0, byte filter = 0, byte interlace = 0)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[10], data[11], data[12]) = (depth, colorType, compression, filter, interlace);
        return data;
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        for (var i = 0; i < 4; i++) chunk[4 + i] = (byte)type[i];
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(
            chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Deflate(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var deflater = new ZLibStream(compressed, CompressionLevel.Optimal)) deflater.Write(data);
        return compressed.ToArray();
    }

    /// <summary>Puts the right checksum behind every whole chunk, so that damage inside is what is tested.</summary>
    public static void MendChecksums(Span<byte> file)
    {
        var position = Signature.Length;
        while (PngChunkReader.TryRead(file, position, out var chunk))
        {
            var crc = Crc32.HashToUInt32(file.Slice(chunk.Start - 4, chunk.Length + 4));
            BinaryPrimitives.WriteUInt32BigEndian(file[(chunk.Start + chunk.Length)..], crc);
            position = chunk.End;
        }
    }
}
