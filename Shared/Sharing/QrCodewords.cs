namespace Molmo.Demo.Shared.Sharing;

/// <summary>What a QR code of level M holds: the text's bytes, padded, with their error correction, in the order they are drawn.</summary>
internal static class QrCodewords
{
    // Per version, level M: error correction codewords a block; blocks and data codewords of the first group, then of the second.
    private static readonly (int Correction, int Blocks, int Data, int Blocks2, int Data2)[] Layouts =
    [
        (10, 1, 16, 0, 0), (16, 1, 28, 0, 0), (26, 1, 44, 0, 0), (18, 2, 32, 0, 0), (24, 2, 43, 0, 0),
        (16, 4, 27, 0, 0), (18, 4, 31, 0, 0), (22, 2, 38, 2, 39), (22, 3, 36, 2, 37), (26, 4, 43, 1, 44),
    ];

    /// <summary>The smallest version that so many bytes fit into.</summary>
    public static int VersionFor(int byteCount) => Enumerable.Range(1, Layouts.Length).First(version => byteCount <= Capacity(version));

    /// <summary>Data and correction of all blocks, one codeword of each in turn.</summary>
    public static List<byte> Of(int version, byte[] bytes) => Interleave(version, Pad(version, bytes));

    /// <summary>Error correction codewords of a block of data, by division in the field of 256 elements.</summary>
    public static byte[] Correct(ReadOnlySpan<byte> data, int count)
    {
        Span<byte> generator = stackalloc byte[count];
        generator[^1] = 1;
        byte root = 1;
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                generator[j] = Multiply(generator[j], root);
                if (j + 1 < count) generator[j] ^= generator[j + 1];
            }
            root = Multiply(root, 2);
        }
        var remainder = new byte[count];
        foreach (var value in data)
        {
            var factor = (byte)(value ^ remainder[0]);
            remainder.AsSpan(1).CopyTo(remainder);
            remainder[^1] = 0;
            for (var i = 0; i < count; i++) remainder[i] ^= Multiply(generator[i], factor);
        }
        return remainder;
    }

    private static int DataCodewords(int version)
    {
        var layout = Layouts[version - 1];
        return (layout.Blocks * layout.Data) + (layout.Blocks2 * layout.Data2);
    }

    // Four bits of mode, then the length in 8 or (from version 10 on) 16 bits.
    private static int Capacity(int version) => DataCodewords(version) - (version < 10 ? 2 : 3);

    private static byte[] Pad(int version, byte[] bytes)
    {
        var bits = new List<bool>();
        Append(bits, 0b0100, 4);
        Append(bits, bytes.Length, version < 10 ? 8 : 16);
        foreach (var value in bytes) Append(bits, value, 8);
        var room = DataCodewords(version) * 8;
        Append(bits, 0, Math.Min(4, room - bits.Count));
        Append(bits, 0, (8 - (bits.Count % 8)) % 8);
        for (var pad = 0xec; bits.Count < room; pad ^= 0xec ^ 0x11) Append(bits, pad, 8);
        var data = new byte[room / 8];
        for (var i = 0; i < bits.Count; i++)
            if (bits[i]) data[i / 8] |= (byte)(0x80 >> (i % 8));
        return data;
    }

    private static void Append(List<bool> bits, int value, int count)
    {
        for (var i = count - 1; i >= 0; i--) bits.Add(((value >> i) & 1) != 0);
    }

    private static List<byte> Interleave(int version, byte[] data)
    {
        var layout = Layouts[version - 1];
        var blocks = new List<byte[]>();
        for (int i = 0, at = 0; i < layout.Blocks + layout.Blocks2; i++)
        {
            var length = i < layout.Blocks ? layout.Data : layout.Data2;
            blocks.Add(data[at..(at + length)]);
            at += length;
        }
        var corrections = blocks.ConvertAll(block => Correct(block, layout.Correction));
        var all = new List<byte>();
        for (var i = 0; i < Math.Max(layout.Data, layout.Data2); i++)
            all.AddRange(from block in blocks where i < block.Length select block[i]);
        for (var i = 0; i < layout.Correction; i++) all.AddRange(corrections.Select(correction => correction[i]));
        return all;
    }

    private static byte Multiply(byte x, byte y)
    {
        var product = 0;
        for (var i = 7; i >= 0; i--)
        {
            product = (product << 1) ^ ((product >> 7) * 0x11d);
            product ^= ((y >> i) & 1) * x;
        }
        return (byte)product;
    }
}
