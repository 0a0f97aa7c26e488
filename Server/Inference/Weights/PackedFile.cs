using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>Weights as the kernels read them, in a file that is mapped instead of read.</summary>
/// <remarks>
/// <para>All numbers are little endian.</para>
/// <code>
/// 0   "MOLMOPAK"
/// 8   version of this container, 4 bytes: 2
/// 12  length of the table of contents, 4 bytes
/// 16  its offset, 8 bytes: behind all data, up to the end of the file
/// 24  SHA-256 of the table of contents, 32 bytes
/// 56  eight zeros
/// 64  data: each entry at a multiple of 64, panels as PackedFormat describes them, lists of float32
/// </code>
/// <para>
/// The table of contents is JSON (<see cref="PackedContents"/>): what the file was made from, a hash of samples of the
/// data, and name, form, shape and place of every entry. A file that is not whole, or not of this checkpoint, is
/// refused before anything of it is used; whoever opens it converts the checkpoint instead.
/// </para>
/// </remarks>
internal sealed unsafe class PackedFile : IDisposable
{
    public const uint Version = 2;

    /// <summary>Bytes before the data.</summary>
    public const int PrefixLength = 64;

    /// <summary>Where entries begin: a cache line.</summary>
    public const int Alignment = 64;

    /// <summary>Longest table of contents; MolmoE's has half a megabyte.</summary>
    public const int MaxContentsLength = 16 << 20;

    private readonly MappedFile _map;
    private readonly Dictionary<string, PackedEntry> _entries;

    private PackedFile(string path, MappedFile map, PackedContents contents)
    {
        Path = path;
        _map = map;
        Identity = contents.Identity;
        _entries = contents.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    public static ReadOnlySpan<byte> Magic => "MOLMOPAK"u8;

    public string Path { get; }

    public PackedIdentity Identity { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length => _map.Length;

    /// <exception cref="ModelFormatException">The file is missing, unreadable, cut short, of another version or breaks
    /// a rule.</exception>
    public static PackedFile Open(string path) => ModelFile.Open(path, Map);

    /// <summary>An entry of an expected form and shape.</summary>
    /// <exception cref="ModelFormatException">There is none, or it is another.</exception>
    public PackedEntry Entry(string name, string form, int rows, int columns, long length)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw new ModelFormatException(Path, name, "is missing.");
        if (entry.Form != form || entry.Rows != rows || entry.Columns != columns || entry.Length != length)
        {
            throw new ModelFormatException(
                Path, name, $"expected {form} [{rows}, {columns}] of {length} bytes, found "
                    + $"{ModelFormatException.Shown(entry.Form)} [{entry.Rows}, {entry.Columns}] of {entry.Length}.");
        }

        return entry;
    }

    /// <summary>Where an entry's bytes lie, valid until this is disposed.</summary>
    public byte* Address(PackedEntry entry) => _map.Address(entry.Offset, entry.Length);

    public void Dispose() => _map.Dispose();

    private static PackedFile Map(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[PrefixLength];
        if (length < PrefixLength || RandomAccess.Read(handle, prefix, 0) < PrefixLength)
            throw Broken($"the file has {length} bytes, too few for a packed file.");
        if (!prefix.StartsWith(Magic)) throw Broken("the file is no packed file of weights.");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (version != Version)
            throw Broken($"the file is of version {version}, and this program reads version {Version}.");
        var contentsLength = BinaryPrimitives.ReadUInt32LittleEndian(prefix[12..]);
        if (contentsLength is < 2 or > MaxContentsLength)
            throw Broken(
                $"the table of contents has {contentsLength} bytes; from 2 to {MaxContentsLength} are allowed.");
        var end = BinaryPrimitives.ReadInt64LittleEndian(prefix[16..]);
        if (end < PrefixLength || end > length || length - end != contentsLength)
            throw Broken($"the table of contents should lie at byte {end} and have {contentsLength} bytes, "
                + $"but the file has {length}: it is cut short or was changed.");

        var map = new MappedFile(handle, length);
        try
        {
            var json = map.Bytes(end, (int)contentsLength);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(json, hash);
            if (!hash.SequenceEqual(prefix.Slice(24, hash.Length)))
                throw Broken("the table of contents was changed after it was written.");
            var contents = PackedContents.Parse(json, end, path);
            if (SampleOf(handle, end) != contents.Sample)
                throw Broken("the weights were changed after they were written.");
            return new PackedFile(path, map, contents);
        }
        catch
        {
            map.Dispose();
            throw;
        }

        ModelFormatException Broken(string detail) => new(path, null, detail);
    }

    /// <summary>The hash of samples of the data.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">Where its data ends.</param>
    public static string SampleOf(SafeFileHandle file, long end)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ContentSample.Append(hash, file, PrefixLength, end - PrefixLength);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
