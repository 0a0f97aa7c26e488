using System.Buffers.Binary;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>Reads numbers one after the other, as fonts have them.</summary>
internal sealed class BigEndianReader(ReadOnlyMemory<byte> data)
{
    public int Position { get; set; }

    public byte Byte() => data.Span[Position++];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>A number of one to three bytes, of which most are small (WOFF2, 255UInt16).</summary>
    public int Short() => Byte() switch
    {
        253 => UInt16(),
        254 => 506 + Byte(),
        255 => 253 + Byte(),
        var value => value,
    };

    private ReadOnlySpan<byte> Take(int count) => data.Span.Slice((Position += count) - count, count);
}
