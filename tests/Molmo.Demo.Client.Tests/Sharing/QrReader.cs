namespace Molmo.Demo.Client.Tests.Sharing;

/// <summary>
/// Reads a code from its modules: format, unmasking, the zigzag, blocks, a check of each by its syndromes, the text.
/// </summary>
internal static class QrReader
{
    // Level M by version: blocks as (count, all codewords, data codewords).
    private static readonly (int Count, int Total, int Data)[][] Blocks =
    [
        [(1, 26, 16)], [(1, 44, 28)], [(1, 70, 44)], [(2, 50, 32)], [(2, 67, 43)], [(4, 43, 27)], [(4, 49, 31)],
        [(2, 60, 38), (2, 61, 39)], [(3, 58, 36), (2, 59, 37)], [(4, 69, 43), (1, 70, 44)],
    ];

    private static readonly int[] Powers = MakePowers();

    /// <summary>
    /// The text of a code without its quiet zone; row and column from the top left, true where a module is dark.
    /// </summary>
    public static string Read(bool[,] code)
    {
        var version = (code.GetLength(0) - 17) / 4;
        var format = 0;
        foreach (var (row, column) in FormatPlaces()) format = (format << 1) | (code[row, column] ? 1 : 0);
        format ^= 0b101010000010010;
        Assert.Equal(0, format >> 13);
        var mask = (format >> 10) & 7;
        Assert.True(code[code.GetLength(0) - 8, 8]);
        for (var i = 8; i < code.GetLength(0) - 8; i++)
            Assert.Equal((i % 2 == 0, i % 2 == 0), (code[6, i], code[i, 6]));

        var blocks = Deinterleave(version, Codewords(code, version, mask));
        var data = new List<byte>();
        foreach (var (block, dataCount) in blocks)
        {
            AssertIntact(block, block.Length - dataCount);
            data.AddRange(block[..dataCount]);
        }
        return Text(data, version);
    }

    // Bit 14 first, as the standard numbers them beside the upper left finder.
    private static IEnumerable<(int Row, int Column)> FormatPlaces()
    {
        for (var column = 0; column <= 5; column++) yield return (8, column);
        yield return (8, 7);
        yield return (8, 8);
        yield return (7, 8);
        for (var row = 5; row >= 0; row--) yield return (row, 8);
    }

    private static List<byte> Codewords(bool[,] code, int version, int mask)
    {
        var bits = new List<bool>();
        var isUp = true;
        for (var right = code.GetLength(0) - 1; right > 0; right -= 2, isUp = !isUp)
        {
            if (right == 6) right--;
            for (var i = 0; i < code.GetLength(0); i++)
            {
                var row = isUp ? code.GetLength(0) - 1 - i : i;
                foreach (var column in new[] { right, right - 1 })
                    if (!IsReserved(code.GetLength(0), version, row, column))
                        bits.Add(code[row, column] ^ Masked(mask, row, column));
            }
        }
        return [.. bits.Chunk(8).Where(eight => eight.Length == 8)
            .Select(eight => (byte)eight.Aggregate(0, (sum, bit) => (sum << 1) | (bit ? 1 : 0)))];
    }

    private static bool IsReserved(int size, int version, int row, int column)
    {
        if (row == 6 || column == 6) return true;
        if (row < 9 && (column < 9 || column >= size - 8)) return true;
        if (row >= size - 8 && column < 9) return true;
        if (version >= 7 && ((row < 6 && column >= size - 11) || (column < 6 && row >= size - 11))) return true;
        if (version == 1) return false;
        var last = size - 7;
        int[] centres = version < 7 ? [6, last] : [6, (6 + last) / 2, last];
        foreach (var y in centres)
            foreach (var x in centres)
            {
                var isFinder = (y == 6 && x == 6) || (y == 6 && x == last) || (y == last && x == 6);
                if (!isFinder && Math.Abs(row - y) <= 2 && Math.Abs(column - x) <= 2) return true;
            }
        return false;
    }

    private static bool Masked(int mask, int i, int j) => mask switch
    {
        0 => (i + j) % 2 == 0,
        1 => i % 2 == 0,
        2 => j % 3 == 0,
        3 => (i + j) % 3 == 0,
        4 => ((i / 2) + (j / 3)) % 2 == 0,
        5 => (i * j % 2) + (i * j % 3) == 0,
        6 => ((i * j % 2) + (i * j % 3)) % 2 == 0,
        _ => (((i + j) % 2) + (i * j % 3)) % 2 == 0,
    };

    private static List<(byte[] Block, int Data)> Deinterleave(int version, List<byte> codewords)
    {
        var blocks = Blocks[version - 1]
            .SelectMany(kind => Enumerable.Repeat((Block: new byte[kind.Total], kind.Data), kind.Count)
                .Select(made => (Block: (byte[])made.Block.Clone(), made.Data))).ToList();
        var at = 0;
        for (var i = 0; i < blocks.Max(block => block.Data); i++)
            foreach (var (block, data) in blocks)
                if (i < data) block[i] = codewords[at++];
        for (var i = 0; i < blocks[0].Block.Length - blocks[0].Data; i++)
            foreach (var (block, data) in blocks) block[data + i] = codewords[at++];
        return blocks;
    }

    // A codeword of the Reed-Solomon code is zero at the first powers of the generating element.
    private static void AssertIntact(byte[] block, int correction)
    {
        for (var power = 0; power < correction; power++)
        {
            var sum = 0;
            foreach (var value in block) sum = Times(sum, Powers[power]) ^ value;
            Assert.Equal(0, sum);
        }
    }

    private static string Text(List<byte> data, int version)
    {
        var at = 0;
        int Take(int count)
        {
            var value = 0;
            for (var i = 0; i < count; i++, at++) value = (value << 1) | ((data[at / 8] >> (7 - (at % 8))) & 1);
            return value;
        }
        Assert.Equal(4, Take(4));
        var length = Take(version < 10 ? 8 : 16);
        return Encoding.UTF8.GetString([.. Enumerable.Range(0, length).Select(_ => (byte)Take(8))]);
    }

    private static int Times(int x, int y)
        => x == 0 || y == 0 ? 0 : Powers[(Array.IndexOf(Powers, x, 0, 255) + Array.IndexOf(Powers, y, 0, 255)) % 255];

    private static int[] MakePowers()
    {
        var powers = new int[255];
        for (int i = 0, value = 1; i < 255; i++)
        {
            powers[i] = value;
            value <<= 1;
            if (value > 255) value ^= 0x11d;
        }
        return powers;
    }
}
