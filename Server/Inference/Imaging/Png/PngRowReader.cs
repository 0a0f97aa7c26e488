using System.IO.Compression;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Inflates and unfilters rows, and never inflates more than the rows that the picture has.</summary>
internal sealed class PngRowReader : IDisposable
{
    // Rows are inflated in groups of about this size: one call into the inflater a group, and still in the second-level
    // cache.
    private const int GroupBytes = 1 << 17;

    // What may follow the last row in the stream, before it is taken for more than a picture.
    private const int MostBehindRows = 1 << 16;

    private readonly IdatStream _compressed;
    private readonly ZLibStream _inflater;
    private readonly PngLayout _layout;
    private readonly int _filterStride;
    private byte[] _group = [];
    private byte[] _prior = [];
    private int _rowBytes;
    private int _rowsLeft;
    private int _groupRows;
    private int _nextInGroup;

    public PngRowReader(ReadOnlyMemory<byte> file, PngLayout layout)
    {
        _layout = layout;
        _filterStride = layout.Header.FilterStride;
        _compressed = new IdatStream(file, layout.FirstIdat);
        _inflater = new ZLibStream(_compressed, CompressionMode.Decompress);
    }

    public void Dispose() => _inflater.Dispose();

    /// <summary>Begins a picture, or a pass of an interlaced one: its first row has no row above.</summary>
    /// <param name="rowBytes">Bytes a row without its filter byte, at least 1.</param>
    /// <param name="rows">Rows to come, at least 1.</param>
    public void Begin(int rowBytes, int rows)
    {
        _rowBytes = rowBytes;
        _rowsLeft = rows;
        (_groupRows, _nextInGroup) = (0, 0);
        var groupBytes = Math.Max(1, Math.Min(rows, GroupBytes / (rowBytes + 1))) * (rowBytes + 1);
        if (_group.Length < groupBytes) _group = new byte[groupBytes];
        if (_prior.Length < rowBytes) _prior = new byte[rowBytes];
        _prior.AsSpan(0, rowBytes).Clear();
    }

    /// <summary>The next row, unfiltered; valid until the next call.</summary>
    /// <exception cref="InvalidImageException">The stream is damaged or ends before the rows do.</exception>
    public ReadOnlySpan<byte> Next()
    {
        if (_nextInGroup == _groupRows) FillGroup();
        var start = _nextInGroup * (_rowBytes + 1);
        var row = _group.AsSpan(start + 1, _rowBytes);
        var above = _nextInGroup == 0 ? _prior.AsSpan(0, _rowBytes) : _group.AsSpan(start - _rowBytes, _rowBytes);
        PngFilter.Undo(_group[start], row, above, _filterStride);
        _nextInGroup++;
        return row;
    }

    /// <summary>
    /// Whether a chunk's checksum was wrong. Then the checksum of the whole stream has to hold, which is looked at
    /// here; called behind the last row.
    /// </summary>
    /// <exception cref="InvalidImageException">Neither of the two vouches for the rows.</exception>
    public bool HasWrongChecksum()
    {
        if (!_compressed.HasWrongChecksum) return false;
        try
        {
            var left = _inflater.ReadAtLeast(new byte[MostBehindRows], MostBehindRows, throwOnEndOfStream: false);
            if (left < MostBehindRows && !_compressed.HasRunDry) return true;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // Said below.
        }
        throw new InvalidImageException(
            ImageFault.Damaged, "An IDAT chunk and the stream do not match their checksums.");
    }

    private void FillGroup()
    {
        var stride = _rowBytes + 1;
        if (_groupRows > 0) _group.AsSpan((_groupRows - 1) * stride + 1, _rowBytes).CopyTo(_prior);
        _groupRows = Math.Min(_rowsLeft, Math.Max(1, GroupBytes / stride));
        _rowsLeft -= _groupRows;
        _nextInGroup = 0;
        var target = _group.AsSpan(0, _groupRows * stride);
        try
        {
            var read = _inflater.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            if (read < target.Length) throw EndsEarly();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // An IOException (ZLibException) where the stream asks for a preset dictionary; nothing else here does
            // input or output.
            var fault = _compressed.IsCut ? ImageFault.Incomplete : ImageFault.Damaged;
            throw new InvalidImageException(fault, $"The pixels cannot be inflated: {e.Message}");
        }
    }

    private InvalidImageException EndsEarly() => _layout.HasEnd
        ? new(ImageFault.Damaged, "The compressed pixels end before the rows are full.")
        : new(ImageFault.Incomplete, "The file ends before its rows are full.");
}

/// <summary>
/// The compressed pixels: the data of consecutive IDAT chunks as one stream, each chunk checked as it is entered. A
/// last one that is cut off gives what is there.
/// </summary>
/// <param name="file">The whole file.</param>
/// <param name="first">Offset of the first IDAT chunk's head.</param>
internal sealed class IdatStream(ReadOnlyMemory<byte> file, int first) : Stream
{
    private int _next = first;
    private int _position;
    private int _end;

    /// <summary>Whether a chunk that was entered does not match its checksum.</summary>
    public bool HasWrongChecksum { get; private set; }

    /// <summary>Whether the file ends within a chunk that was entered.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether more was asked for than there is.</summary>
    public bool HasRunDry { get; private set; }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException(); set
        => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var written = 0;
        while (written < buffer.Length && (_position < _end || EnterNext()))
        {
            var count = Math.Min(buffer.Length - written, _end - _position);
            file.Span.Slice(_position, count).CopyTo(buffer[written..]);
            _position += count;
            written += count;
        }
        if (written == 0 && buffer.Length > 0) HasRunDry = true;
        return written;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }

    private bool EnterNext()
    {
        if (!PngChunkReader.TryReadPart(file.Span, _next, out var chunk) || chunk.Type != PngConstants.Idat)
            return false;
        IsCut = chunk.End > file.Length;
        if (!IsCut && !PngChunkReader.IsIntact(file.Span, chunk)) HasWrongChecksum = true;
        (_position, _end, _next) = (chunk.Start, chunk.Start + chunk.Length, Math.Min(chunk.End, file.Length));
        return true;
    }
}
