using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Molmo.Demo.Server.Web.Files;

/// <summary>A text that is sent to every visitor, compressed once for as long as the program runs.</summary>
internal sealed class PackedFile
{
    // By content, so that nothing is compressed again where several hosts live in one process, as in tests.
    private static readonly ConcurrentDictionary<(string Version, string Encoding), Lazy<byte[]>> Compressed = [];

    private readonly byte[] _plain;

    public PackedFile(string text)
    {
        _plain = Encoding.UTF8.GetBytes(text);
        Version = Convert.ToHexStringLower(SHA256.HashData(_plain))[..16];
    }

    /// <summary>Changes with the text.</summary>
    public string Version { get; }

    /// <summary>The bytes in an encoding of HTTP: <c>br</c>, <c>gzip</c> or <c>identity</c>.</summary>
    public byte[] In(string encoding) => encoding == "identity" ? _plain : Compressed.GetOrAdd(
        (Version, encoding), new Lazy<byte[]>(() => encoding == "br" ? Brotli(_plain) : Gzip(_plain))).Value;

    private static byte[] Brotli(byte[] bytes)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        if (!BrotliEncoder.TryCompress(bytes, packed, out var length, quality: 11, window: 22))
            throw new InvalidOperationException("A text was not compressed.");
        return packed[..length];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.SmallestSize)) stream.Write(bytes);
        return packed.ToArray();
    }
}
