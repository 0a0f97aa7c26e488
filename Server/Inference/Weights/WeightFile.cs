using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>
/// A file of named tensors, mapped into memory after its sizes and its table of contents are checked.
/// </summary>
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
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; private protected init; } =
        new Dictionary<string, TensorEntry>();

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
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"Bytes {offset} to {offset + length} of {entry.Length}.");
        return Data(entry.Offset + offset, length);
    }

    /// <summary>Bytes of the data, whatever tensor they belong to.</summary>
    internal ReadOnlySpan<byte> Data(long offset, int length)
    {
        if (offset < 0 || length < 0 || length > DataLength - offset)
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"Bytes {offset} to {offset + length} of {DataLength}.");
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

/// <summary>What a file's table of contents says of one tensor, checked.</summary>
/// <param name="Name">As stored.</param>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Axes, outermost first.</param>
/// <param name="Offset">First byte, counted from the start of the file's data.</param>
/// <param name="Length">Bytes: elements times their size.</param>
public sealed record TensorEntry(string Name, DType Type, Shape Shape, long Offset, long Length)
{
    /// <summary>
    /// Elements from one index of an axis to the next, where the tensor does not lie in one piece; null where it does.
    /// </summary>
    public IReadOnlyList<long>? Strides { get; init; }
}

/// <summary>Which bytes stand for long content where reading all of it would take too long.</summary>
internal static class ContentSample
{
    /// <summary>Content up to this length is taken whole.</summary>
    private const long WholeLength = 256L << 20;

    /// <summary>
    /// Of longer content: this many pieces, evenly spaced. Two trainings of one network differ in all of them.
    /// </summary>
    private const int PieceCount = 1024;

    private const int PieceLength = 4096;

    /// <summary>Bytes of short content that are read at a time.</summary>
    private const int WholePiece = 256 << 10;

    /// <param name="hash">Takes the sample.</param>
    /// <param name="file">Best opened for random access: from a mapping, each piece would bring its neighbours from the
    /// disk.</param>
    /// <param name="start">Where the content begins.</param>
    /// <param name="length">Bytes of the content.</param>
    /// <exception cref="IOException">The file cannot be read, or became shorter.</exception>
    public static void Append(IncrementalHash hash, SafeFileHandle file, long start, long length)
    {
        var buffer = new byte[WholePiece];
        if (length <= WholeLength)
        {
            for (var offset = 0L; offset < length; offset += WholePiece)
                Append(hash, file, start + offset, buffer.AsSpan(0, (int)Math.Min(WholePiece, length - offset)));
            return;
        }

        for (var piece = 0; piece < PieceCount; piece++)
            Append(hash, file, start + (piece * ((length - PieceLength) / (PieceCount - 1))),
                buffer.AsSpan(0, PieceLength));
    }

    private static void Append(IncrementalHash hash, SafeFileHandle file, long offset, Span<byte> buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var count = RandomAccess.Read(file, buffer[done..], offset + done);
            if (count == 0)
                throw new EndOfStreamException($"The file ends at byte {offset + done}, earlier than before.");
            done += count;
        }

        hash.AppendData(buffer);
    }
}
