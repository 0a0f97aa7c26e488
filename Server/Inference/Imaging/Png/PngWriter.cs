using System.Buffers.Binary;
using System.IO.Compression;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Lays out the chunks of an 8-bit RGB file and compresses its rows.</summary>
internal sealed class PngWriter(Stream destination)
{
    private const int Channels = 3;

    public void Write(RgbImage image)
    {
        destination.Write(ImageSignature.Png);
        Span<byte> header = stackalloc byte[PngConstants.IhdrLength];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = (byte)PngColorType.Rgb;
        WriteChunk(destination, PngConstants.Ihdr, header);
        using (var pixels = new IdatWriter(destination))
        using (var deflater = new ZLibStream(pixels, CompressionLevel.Optimal))
            WriteRows(image, deflater);
        WriteChunk(destination, PngConstants.Iend, []);
    }

    /// <summary>Writes length, type, data and checksum.</summary>
    internal static void WriteChunk(Stream destination, uint type, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[PngConstants.ChunkHead];
        BinaryPrimitives.WriteInt32BigEndian(head, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], type);
        destination.Write(head);
        destination.Write(data);
        Span<byte> crc = stackalloc byte[PngConstants.ChunkTail];
        BinaryPrimitives.WriteUInt32BigEndian(crc, ~PngCrc.Append(PngCrc.Append(PngCrc.Seed, head[4..]), data));
        destination.Write(crc);
    }

    private static void WriteRows(RgbImage image, ZLibStream deflater)
    {
        var rowBytes = image.Width * Channels;
        var above = new byte[rowBytes].AsSpan();
        var candidate = new byte[rowBytes + 1];
        var best = new byte[rowBytes + 1];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * rowBytes, rowBytes);
            var bestCost = long.MaxValue;
            for (var filter = PngFilter.None; filter <= PngFilter.Paeth; filter++)
            {
                candidate[0] = filter;
                PngFilter.Apply(filter, row, above, Channels, candidate.AsSpan(1));
                var cost = PngFilter.Cost(candidate.AsSpan(1));
                if (cost >= bestCost) continue;
                bestCost = cost;
                (best, candidate) = (candidate, best);
            }
            deflater.Write(best);
            above = row;
        }
    }
}
