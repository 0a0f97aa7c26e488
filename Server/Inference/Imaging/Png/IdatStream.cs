namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>The compressed pixels: the data of consecutive IDAT chunks as one stream, each chunk checked as it is entered.</summary>
internal sealed class IdatStream : Stream
{
    private readonly ReadOnlyMemory<byte> _file;
    private int _next;
    private int _position;
    private int _end;

    /// <param name="file">The whole file.</param>
    /// <param name="first">Offset of the first IDAT chunk's head.</param>
    public IdatStream(ReadOnlyMemory<byte> file, int first)
    {
        _file = file;
        _next = first;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidImageException">A chunk is cut off or does not match its checksum.</exception>
    public override int Read(Span<byte> buffer)
    {
        var written = 0;
        while (written < buffer.Length && (_position < _end || EnterNext()))
        {
            var count = Math.Min(buffer.Length - written, _end - _position);
            _file.Span.Slice(_position, count).CopyTo(buffer[written..]);
            _position += count;
            written += count;
        }
        return written;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool EnterNext()
    {
        var file = _file.Span;
        if (!PngChunkReader.TryRead(file, _next, out var chunk))
            throw new InvalidImageException(ImageFault.Incomplete, $"The file ends at byte {file.Length}, before its pixels do.");
        if (chunk.Type != PngConstants.Idat) return false;
        if (!PngChunkReader.IsIntact(file, chunk)) throw new InvalidImageException(ImageFault.Damaged, $"IDAT at byte {_next} does not match its checksum.");
        (_position, _end, _next) = (chunk.Start, chunk.Start + chunk.Length, chunk.End);
        return true;
    }
}
