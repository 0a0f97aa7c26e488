using System.IO.Compression;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Inflates metadata of untrusted origin and gives up where it is larger than it may be.</summary>
internal static class BoundedInflater
{
    /// <param name="compressed">A zlib stream.</param>
    /// <param name="most">Bytes that may come of it.</param>
    /// <returns>Null where it is damaged or larger.</returns>
    public static byte[]? Inflate(ReadOnlySpan<byte> compressed, int most)
        => Begin(compressed, most + 1) is { } bytes && bytes.Length <= most ? bytes : null;

    /// <summary>
    /// The first <paramref name="most"/> bytes, or all where there are fewer; null where it is damaged.
    /// </summary>
    public static byte[]? Begin(ReadOnlySpan<byte> compressed, int most)
    {
        try
        {
            using var inflater = new ZLibStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
            using var bytes = new MemoryStream();
            var buffer = new byte[Math.Min(most, 1 << 14)];
            while (bytes.Length < most)
            {
                var read = inflater.Read(buffer, 0, (int)Math.Min(buffer.Length, most - bytes.Length));
                if (read == 0) break;
                bytes.Write(buffer, 0, read);
            }
            return bytes.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
