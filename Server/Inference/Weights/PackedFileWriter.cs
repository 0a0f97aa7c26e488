using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>
/// Writes a <see cref="PackedFile"/>: into a temporary file beside it, which takes its name once every byte is on the
/// disk. A reader sees the whole file or none.
/// </summary>
/// <param name="path">Where the file will be; its folder exists.</param>
/// <param name="identity">What it is made from.</param>
internal sealed unsafe class PackedFileWriter(string path, PackedIdentity identity) : IDisposable
{
    private const int PieceLength = 64 << 20;

    private readonly string _temporary = path + ".part";
    private readonly SafeFileHandle _handle = OpenEmpty(path + ".part");
    private readonly List<PackedEntry> _entries = [];
    private long _end = PackedFile.PrefixLength;
    private bool _isDone;

    /// <summary>Appends an entry.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Add(string name, string form, int rows, int columns, void* data, long length)
    {
        _end = (_end + PackedFile.Alignment - 1) / PackedFile.Alignment * PackedFile.Alignment;
        _entries.Add(new PackedEntry(name, form, rows, columns, _end, length));
        for (var start = 0L; start < length; start += PieceLength)
            RandomAccess.Write(_handle,
                new ReadOnlySpan<byte>((byte*)data + start, (int)Math.Min(PieceLength, length - start)), _end + start);
        _end += length;
    }

    /// <summary>Writes the table of contents and gives the file its name.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Complete()
    {
        RandomAccess.SetLength(_handle, _end);
        var sample = PackedFile.SampleOf(_handle, _end);
        var contents = new PackedContents(
            identity.Model, identity.Revision, identity.Precision, identity.Vision, identity.Layout, sample,
            _entries).Write();
        RandomAccess.Write(_handle, contents, _end);
        Span<byte> prefix = stackalloc byte[PackedFile.PrefixLength];
        prefix.Clear();
        PackedFile.Magic.CopyTo(prefix);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix[8..], PackedFile.Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[12..], contents.Length);
        BinaryPrimitives.WriteInt64LittleEndian(prefix[16..], _end);
        SHA256.HashData(contents, prefix[24..]);
        // In this order: a file with a prefix is whole, also after a loss of power.
        RandomAccess.FlushToDisk(_handle);
        RandomAccess.Write(_handle, prefix, 0);
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_temporary, path, overwrite: true);
        _isDone = true;
    }

    /// <summary>Without <see cref="Complete"/>, nothing is left.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_isDone) File.Delete(_temporary);
    }

    /// <exception cref="IOException">It cannot be written there, or another process is writing it.</exception>
    private static SafeFileHandle OpenEmpty(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        // Left by one that was killed.
        RandomAccess.SetLength(handle, 0);
        return handle;
    }
}
