using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>Puts a colour profile into a file as it is written. ImageSharp writes none into a PNG.</summary>
internal static class ProfileSplicer
{
    /// <summary>Bytes of a PNG up to the end of IHDR: the signature, and a chunk of 13 bytes.</summary>
    public const int BehindIhdr = 8 + 4 + 4 + 13 + 4;

    /// <summary>Bytes of a JPEG up to the end of JFIF's segment: SOI, the marker, and 16 bytes.</summary>
    public const int BehindJfif = 2 + 2 + 16;

    // A segment's length is of two bytes and counts itself; name, number and count come before the part.
    private const int PartBytes = ushort.MaxValue - 2 - 14;

    /// <param name="destination">Written to its end.</param>
    /// <param name="write">Writes the file without a profile.</param>
    /// <param name="profile">Null for none.</param>
    /// <param name="writeProfile">Writes it in the way of the file's type.</param>
    /// <param name="at">Bytes of the file that come before it.</param>
    public static void Write(
        Stream destination, Action<Stream> write, ColorProfile? profile,
        Action<Stream, ReadOnlySpan<byte>> writeProfile, int at)
    {
        if (profile is null)
        {
            write(destination);
            return;
        }
        using var bare = new MemoryStream();
        write(bare);
        var file = bare.GetBuffer().AsSpan(0, (int)bare.Length);
        destination.Write(file[..at]);
        writeProfile(destination, profile.Icc.Span);
        destination.Write(file[at..]);
    }

    /// <summary>An iCCP chunk.</summary>
    public static void WriteChunk(Stream destination, ReadOnlySpan<byte> icc)
    {
        using var chunk = new MemoryStream();
        // Its type, the profile's name, a zero, and the method.
        chunk.Write("iCCPphoto\0\0"u8);
        using (var deflater = new ZLibStream(chunk, CompressionLevel.Optimal, leaveOpen: true)) deflater.Write(icc);
        var data = chunk.ToArray();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length - 4);
        destination.Write(number);
        destination.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(data));
        destination.Write(number);
    }

    /// <summary>APP2 segments, as many as it takes.</summary>
    public static void WriteSegments(Stream destination, ReadOnlySpan<byte> icc)
    {
        var count = (icc.Length + PartBytes - 1) / PartBytes;
        for (var i = 0; i < count; i++)
        {
            var part = icc[(i * PartBytes)..Math.Min(icc.Length, (i + 1) * PartBytes)];
            var length = 2 + 14 + part.Length;
            destination.Write([0xFF, 0xE2, (byte)(length >> 8), (byte)length]);
            destination.Write("ICC_PROFILE\0"u8);
            destination.Write([(byte)(i + 1), (byte)count]);
            destination.Write(part);
        }
    }
}
