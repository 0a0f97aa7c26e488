using System.Security.Cryptography;

namespace Molmo.Demo.Inference.Weights;

/// <summary>A file of named tensors, mapped into memory after its sizes and its table of contents are checked.</summary>
public abstract class WeightFile : IDisposable
{
    private readonly MappedFile _map;
    private readonly long _dataStart;

    private protected WeightFile(string path, MappedFile map, long dataStart)
    {
        Path = path;
        _map = map;
        _dataStart = dataStart;
    }

    public string Path { get; }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; private protected init; } = new Dictionary<string, TensorEntry>();

    /// <summary>Bytes in which the tensors lie; entries count their offsets from the first of them.</summary>
    public long DataLength => _map.Length - _dataStart;

    /// <summary>The table of contents as stored, for fingerprints.</summary>
    internal abstract ReadOnlySpan<byte> Header { get; }

    /// <summary>A tensor's bytes, as stored.</summary>
    /// <param name="entry">An entry of this file without strides.</param>
    /// <param name="offset">First byte, counted from the tensor's own start.</param>
    /// <param name="length">Bytes wanted.</param>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry, long offset, int length)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (offset < 0 || length < 0 || length > entry.Length - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} of {entry.Length}.");
        return Data(entry.Offset + offset, length);
    }

    /// <summary>Bytes of the data, whatever tensor they belong to.</summary>
    internal ReadOnlySpan<byte> Data(long offset, int length)
    {
        if (offset < 0 || length < 0 || length > DataLength - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} of {DataLength}.");
        return _map.Bytes(_dataStart + offset, length);
    }

    /// <summary>Adds what stands for the content to a fingerprint.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal void AppendSample(IncrementalHash hash)
    {
        using var handle = File.OpenHandle(Path, options: FileOptions.RandomAccess);
        ContentSample.Append(hash, handle, _dataStart, DataLength);
    }

    /// <summary>Gives back the memory of all that was read so far. Nobody may read meanwhile.</summary>
    internal void Release() => _map.Release();

    public void Dispose()
    {
        _map.Dispose();
        GC.SuppressFinalize(this);
    }
}
