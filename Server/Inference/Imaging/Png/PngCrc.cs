using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>CRC-32 of the PNG specification (annex D), eight bytes a step.</summary>
internal static class PngCrc
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;

    // [Slices, 256]: row k is the effect of a byte that k more bytes follow.
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of a chunk, over its type and data.</summary>
    public static uint Compute(ReadOnlySpan<byte> typeAndData)
    {
        var crc = uint.MaxValue;
        var data = typeAndData;
        var table = Table;
        while (data.Length >= Slices)
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(data);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = table[7 * 256 + (int)(low & 255)] ^ table[6 * 256 + (int)(low >> 8 & 255)]
                ^ table[5 * 256 + (int)(low >> 16 & 255)] ^ table[4 * 256 + (int)(low >> 24)]
                ^ table[3 * 256 + (int)(high & 255)] ^ table[2 * 256 + (int)(high >> 8 & 255)]
                ^ table[256 + (int)(high >> 16 & 255)] ^ table[(int)(high >> 24)];
            data = data[Slices..];
        }
        foreach (var value in data) crc = table[(int)((crc ^ value) & 255)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[Slices * 256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? Polynomial ^ value >> 1 : value >> 1;
            table[i] = value;
        }
        for (var i = 256; i < table.Length; i++) table[i] = table[(int)(table[i - 256] & 255)] ^ table[i - 256] >> 8;
        return table;
    }
}
