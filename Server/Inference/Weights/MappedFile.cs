using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>A whole file, read-only in memory. Nothing of it is read before it is looked at.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <param name="handle">The file; it may be closed afterwards.</param>
    /// <param name="length">Its length, above 0.</param>
    /// <exception cref="IOException">The system cannot map it.</exception>
    public MappedFile(SafeFileHandle handle, long length)
    {
        Length = length;
        _map = MemoryMappedFile.CreateFromFile(
            handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map.Dispose();
            throw;
        }

        Acquire();
    }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int length) => new(Address(offset, length), length);

    /// <summary>
    /// Where bytes of the file lie, valid until this is disposed; <see cref="Release"/> is not for files used so.
    /// </summary>
    public byte* Address(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        if (offset < 0 || length < 0 || length > Length - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} of {Length}.");
        return _start + offset;
    }

    /// <summary>
    /// Gives back the memory of all that was read so far: a mapped page counts as the process's own until it is
    /// unmapped. Nobody may hold bytes of the file meanwhile.
    /// </summary>
    /// <exception cref="IOException">The system cannot map the file again.</exception>
    public void Release()
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        Unmap();
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        Acquire();
    }

    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed) return;
        Unmap();
        _map.Dispose();
    }

    private void Acquire()
    {
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    private void Unmap()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
