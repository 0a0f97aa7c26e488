using System.Collections;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// A blob that is being fetched in chunks, in any order: <c>{etag}.part</c> beside <c>{etag}.chunks</c>, which has a
/// byte a chunk, 1 where it is on disk. A later try goes on with what is missing.
/// </summary>
/// <remarks>Not the Python client's <c>.incomplete</c>, whose length says how far it is; both finish as the same
/// blob.</remarks>
public sealed class PartialBlob : IDisposable
{
    public const long ChunkBytes = 16L << 20;

    private readonly string _path;
    private readonly SafeFileHandle _part;
    private readonly SafeFileHandle _chunks;
    private readonly BitArray _done;

    /// <param name="blob">Path of the finished blob.</param>
    /// <param name="size">Its bytes.</param>
    public PartialBlob(string blob, long size)
    {
        _path = blob;
        Size = size;
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        var count = (int)((size + ChunkBytes - 1) / ChunkBytes);
        _done = new BitArray(count);
        _part = File.OpenHandle(blob + ".part", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _chunks = File.OpenHandle(blob + ".chunks", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (RandomAccess.GetLength(_part) == size && RandomAccess.GetLength(_chunks) == count)
        {
            var marks = new byte[count];
            RandomAccess.Read(_chunks, marks, 0);
            for (var i = 0; i < count; i++) _done[i] = marks[i] == 1;
        }
        else
        {
            RandomAccess.SetLength(_chunks, 0);
            RandomAccess.SetLength(_chunks, count);
            RandomAccess.SetLength(_part, size);
        }
    }

    /// <summary>Bytes of the whole.</summary>
    public long Size { get; }

    /// <summary>Bytes of finished chunks.</summary>
    public long DoneBytes
        => Enumerable.Range(0, _done.Count).Where(i => _done[i]).Sum(i => Range(i).To - Range(i).From);

    /// <summary>Chunks still to fetch.</summary>
    public IEnumerable<int> Missing => Enumerable.Range(0, _done.Count).Where(i => !_done[i]);

    /// <summary>Bytes [From, To) of a chunk.</summary>
    public (long From, long To) Range(int chunk) => (chunk * ChunkBytes, Math.Min(Size, (chunk + 1) * ChunkBytes));

    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(_part, bytes, position);

    /// <summary>Notes that a chunk is on disk.</summary>
    public void Finish(int chunk)
    {
        RandomAccess.FlushToDisk(_part);
        lock (_done) _done[chunk] = true;
        RandomAccess.Write(_chunks, [1], chunk);
    }

    /// <summary>Checks the whole against its hash and gives it its name; otherwise forgets all of it.</summary>
    /// <returns>False where the hash differs.</returns>
    public async Task<bool> CompleteAsync(string etag, CancellationToken cancellationToken)
    {
        var matches = await HashAsync(etag.Length, cancellationToken) == etag;
        Dispose();
        if (matches) File.Move(_path + ".part", _path, overwrite: true);
        else File.Delete(_path + ".part");
        File.Delete(_path + ".chunks");
        return matches;
    }

    public void Dispose()
    {
        _part.Dispose();
        _chunks.Dispose();
    }

    // A tag of 64 digits is the content's SHA-256; one of 40 is Git's hash of a blob, which begins with its length.
    private async Task<string> HashAsync(int digits, CancellationToken cancellationToken)
    {
#pragma warning disable CA5350 // Git names its blobs by SHA-1; this is a check of transport, not of trust.
        using var hash = IncrementalHash.CreateHash(digits == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (digits == 40) hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {Size}\0")));
        var buffer = new byte[1 << 20];
        for (long position = 0; position < Size;)
        {
            var read = await RandomAccess.ReadAsync(_part, buffer, position, cancellationToken);
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            position += read;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
