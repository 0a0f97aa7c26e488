namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Collects bytes and bits of a JPEG file; bits are written most significant first, and a zero is stuffed behind each 0xFF of them.</summary>
internal sealed class JpegBitWriter(Stream destination)
{
    // Bits of one block at most: 64 coefficients of 16 + 11 bits, every byte of them stuffed.
    private const int BlockBytes = 512;

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _count;
    private ulong _bits;
    private int _bitCount;

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _count) Flush();
        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    /// <summary>Makes room for the bits of one block.</summary>
    public void BeginBlock()
    {
        if (_buffer.Length - _count < BlockBytes) Flush();
    }

    /// <summary>Adds up to 27 bits: a code and the value behind it.</summary>
    public void Write(uint bits, int count)
    {
        _bits = _bits << count | bits;
        _bitCount += count;
        while (_bitCount >= 8) WriteByte();
    }

    /// <summary>Fills up the last byte with ones.</summary>
    public void Align()
    {
        if (_bitCount > 0) Write((1u << 8 - _bitCount) - 1, 8 - _bitCount);
    }

    /// <summary>Hands what was collected to the destination.</summary>
    public void Flush()
    {
        destination.Write(_buffer, 0, _count);
        _count = 0;
    }

    private void WriteByte()
    {
        _bitCount -= 8;
        var value = (byte)(_bits >> _bitCount);
        _buffer[_count++] = value;
        if (value == 0xFF) _buffer[_count++] = 0;
    }
}
