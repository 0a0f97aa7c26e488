using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Molmo.Demo.Server.Web.Files;

/// <summary>
/// A text that is sent to every visitor, compressed once for as long as the program runs: quickly for who comes before
/// it is packed, then as small as it gets.
/// </summary>
internal sealed class PackedFile
{
    // For all files together 11 takes a core for a second and a half; 5 takes a fortieth of it and sends a sixth more.
    private const int QuickQuality = 5;
    private const int SmallestQuality = 11;

    // By content, so that nothing is compressed again where several hosts live in one process, as in tests.
    private static readonly ConcurrentDictionary<(string Version, string Encoding), Lazy<byte[]>> Compressed = [];
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Smallest = [];

    private readonly byte[] _plain;

    public PackedFile(string text)
    {
        _plain = Encoding.UTF8.GetBytes(text);
        Version = Convert.ToHexStringLower(SHA256.HashData(_plain))[..16];
    }

    /// <summary>Changes with the text.</summary>
    public string Version { get; }

    /// <summary>The bytes in an encoding of HTTP: <c>br</c>, <c>gzip</c> or <c>identity</c>.</summary>
    public byte[] In(string encoding)
    {
        if (encoding == "identity") return _plain;
        // Nobody waits while another thread packs it.
        if (encoding == "br" && Smallest.TryGetValue(Version, out var packed) && packed.IsValueCreated)
            return packed.Value;
        return Compressed.GetOrAdd((Version, encoding), new Lazy<byte[]>(
            () => encoding == "br" ? Brotli(_plain, QuickQuality) : Gzip(_plain))).Value;
    }

    /// <summary>Makes <c>br</c> as small as it gets, from then on.</summary>
    public void Pack()
    {
        _ = Smallest.GetOrAdd(Version, new Lazy<byte[]>(() => Brotli(_plain, SmallestQuality))).Value;
        Compressed.TryRemove((Version, "br"), out _);
    }

    private static byte[] Brotli(byte[] bytes, int quality)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        if (!BrotliEncoder.TryCompress(bytes, packed, out var length, quality, window: 22))
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
