using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>One safetensors file, mapped into memory after its sizes and its header are checked.</summary>
/// <remarks>Layout: header length (8 bytes, little endian), JSON header, data. Nothing is read before it is needed.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthSize = sizeof(ulong);

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, long headerLength, long fileLength)
    {
        Path = path;
        _map = map;
        _view = view;
        HeaderLength = headerLength;
        _data = start + LengthSize + headerLength;
        DataLength = fileLength - LengthSize - headerLength;
        Tensors = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(start + LengthSize, (int)headerLength), DataLength, path);
    }

    public string Path { get; }

    /// <summary>Bytes of JSON.</summary>
    public long HeaderLength { get; }

    /// <summary>Bytes after the header, all of which belong to tensors.</summary>
    public long DataLength { get; }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <exception cref="ModelFormatException">The file is missing, unreadable, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            return Map(path, handle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException(path, null, "the file is missing.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, null, $"the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A tensor's bytes, as stored.</summary>
    /// <param name="entry">An entry of this file.</param>
    /// <param name="offset">First byte, counted from the tensor's own start.</param>
    /// <param name="length">Bytes wanted.</param>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry, long offset, int length)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (offset < 0 || length < 0 || length > entry.Length - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} of {entry.Length}.");
        return Data(entry.Offset + offset, length);
    }

    /// <summary>The header's bytes, for fingerprints.</summary>
    internal ReadOnlySpan<byte> Header => new(_data - HeaderLength, (int)HeaderLength);

    /// <summary>Bytes behind the header, whatever tensor they belong to.</summary>
    internal ReadOnlySpan<byte> Data(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        if (offset < 0 || length < 0 || length > DataLength - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} of {DataLength}.");
        return new ReadOnlySpan<byte>(_data + offset, length);
    }

    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static SafetensorsFile Map(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        if (length < LengthSize)
            throw new ModelFormatException(path, null, $"the file has {length} bytes, fewer than the {LengthSize} of its header length.");
        Span<byte> prefix = stackalloc byte[LengthSize];
        RandomAccess.Read(handle, prefix, 0);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
            throw new ModelFormatException(path, null, $"the header length is {headerLength} bytes, above the limit of {SafetensorsHeader.MaxLength}.");
        if (headerLength < 2)
            throw new ModelFormatException(path, null, $"the header length is {headerLength} bytes, too short for a header.");
        if ((long)headerLength > length - LengthSize)
            throw new ModelFormatException(path, null, $"the header length is {headerLength} bytes, but only {length - LengthSize} follow: the file is cut short.");

        var map = MemoryMappedFile.CreateFromFile(handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new SafetensorsFile(path, map, view, start + view.PointerOffset, (long)headerLength, length);
        }
        catch
        {
            if (start is not null) view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map.Dispose();
            throw;
        }
    }
}
