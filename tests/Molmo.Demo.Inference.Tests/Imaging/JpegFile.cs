using Molmo.Demo.Inference.Imaging.Jpeg;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>
/// Writes grey JPEG files from given coefficients, one scan or progressive, with or without restarts: the same
/// coefficients must give the same picture whichever way they are sent.
/// </summary>
internal sealed class JpegFile
{
    private readonly List<byte> _bytes = [];
    private readonly JpegHuffmanCodes _dc = new(JpegStandardTables.LuminanceDc);
    private readonly JpegHuffmanCodes _ac;
    private ulong _bits;
    private int _bitCount;

    private JpegFile(HuffmanSpecification ac)
    {
        _ac = new JpegHuffmanCodes(ac);
        _bytes.AddRange([0xFF, 0xD8]);
        Append(JpegMarker.Dqt, [0, .. Enumerable.Range(1, 64).Select(i => (byte)i)]);
        Append(JpegMarker.Dht, [0x10, .. ac.Counts, .. ac.Symbols]);
    }

    // All runs and sizes, and end-of-band runs of up to 2^7 blocks: 9 bits for each of 256 symbols, the last code
    // unused.
    private static HuffmanSpecification ProgressiveAc { get; } = new(
        [0, 0, 0, 0, 0, 0, 0, 0, 255, 1, 0, 0, 0, 0, 0, 0], [.. Enumerable.Range(0, 256).Select(i => (byte)i)]);

    /// <summary>One scan of everything.</summary>
    /// <param name="width">Blocks.</param>
    /// <param name="height">Blocks.</param>
    /// <param name="blocks">Coefficients in stream order, [width * height][64].</param>
    /// <param name="restartInterval">Blocks between restart markers, 0 for none.</param>
    public static byte[] Sequential(int width, int height, short[][] blocks, int restartInterval = 0)
    {
        var file = new JpegFile(JpegStandardTables.LuminanceAc);
        file.Frame(JpegMarker.Sof0, width, height, restartInterval);
        file.Scan(0, 63, 0, 0, blocks, restartInterval, (block, before) =>
        {
            file.Value(file._dc, 0, block[0] - before);
            file.Band(block, 1, 63, 0);
        });
        return file.End();
    }

    /// <summary>DC in two scans, low frequencies in one, high ones in two.</summary>
    public static byte[] Progressive(int width, int height, short[][] blocks, int restartInterval = 0)
    {
        var file = new JpegFile(ProgressiveAc);
        file.Frame(JpegMarker.Sof2, width, height, restartInterval);
        file.Scan(0, 0, 0, 1, blocks, restartInterval,
            (block, before) => file.Value(file._dc, 0, (block[0] >> 1) - (before >> 1)));
        file.Scan(1, 5, 0, 0, blocks, restartInterval, (block, _) => file.Band(block, 1, 5, 0));
        file.Scan(6, 63, 0, 1, blocks, restartInterval, (block, _) => file.Band(block, 6, 63, 1));
        file.Scan(0, 0, 1, 0, blocks, restartInterval, (block, _) => file.Bits((uint)(block[0] & 1), 1));
        file.Scan(6, 63, 1, 0, blocks, restartInterval, (block, _) => file.Refine(block, 6, 63));
        return file.End();
    }

    /// <summary>Many scans that all say the same; a decoder must stop at its limit.</summary>
    public static byte[] ManyScans(int width, int height, int scans)
    {
        var blocks = Enumerable.Range(0, width * height).Select(_ => new short[64]).ToArray();
        var file = new JpegFile(ProgressiveAc);
        file.Frame(JpegMarker.Sof2, width, height, 0);
        file.Scan(0, 0, 0, 0, blocks, 0, (_, _) => file.Value(file._dc, 0, 0));
        for (var i = 1; i < scans; i++) file.Scan(1, 63, 0, 0, blocks, 0, (block, _) => file.Band(block, 1, 63, 0));
        return file.End();
    }

    public static byte[] Segment(byte marker, params byte[] data)
        => [0xFF, marker, (byte)(data.Length + 2 >> 8), (byte)(data.Length + 2), .. data];

    private void Append(byte marker, params byte[] data) => _bytes.AddRange(Segment(marker, data));

    private void Frame(byte marker, int width, int height, int restartInterval)
    {
        if (restartInterval > 0) Append(JpegMarker.Dri, [(byte)(restartInterval >> 8), (byte)restartInterval]);
        Append(marker,
            [8, (byte)(height * 8 >> 8), (byte)(height * 8), (byte)(width * 8 >> 8), (byte)(width * 8), 1, 1, 0x11, 0]);
    }

    private void Scan(
        int first, int last, int high, int low, short[][] blocks, int restartInterval, Action<short[], int> write)
    {
        Append(JpegMarker.Sos, [1, 1, 0x00, (byte)first, (byte)last, (byte)(high << 4 | low)]);
        for (var (i, before) = (0, 0); i < blocks.Length; before = blocks[i][0], i++)
        {
            if (restartInterval > 0 && i > 0 && i % restartInterval == 0)
            {
                Align();
                _bytes.AddRange([0xFF, (byte)(JpegMarker.Rst0 + (i / restartInterval - 1 & 7))]);
                before = 0;
            }
            write(blocks[i], before);
        }
        Align();
    }

    private byte[] End() => [.. _bytes, 0xFF, JpegMarker.Eoi];

    private void Band(short[] block, int first, int last, int low)
    {
        var zeros = 0;
        for (var k = first; k <= last; k++)
        {
            // Toward zero, as sizes are cut.
            var value = block[k] / (1 << low);
            if (value == 0)
            {
                zeros++;
                continue;
            }
            for (; zeros > 15; zeros -= 16) Symbol(_ac, 0xF0);
            Value(_ac, zeros, value);
            zeros = 0;
        }
        if (zeros > 0) Symbol(_ac, 0);
    }

    // What a block adds to the low bit: new coefficients of size 1, and a bit for each known one on the way.
    private void Refine(short[] block, int first, int last)
    {
        var lastNew = Array.FindLastIndex(block, last, last - first + 1, v => Math.Abs(v) == 1);
        var pending = new List<uint>();
        var zeros = 0;
        for (var k = first; k <= last; k++)
        {
            if (Math.Abs(block[k]) > 1)
            {
                pending.Add((uint)(Math.Abs(block[k]) & 1));
                continue;
            }
            if (k > lastNew) continue;
            if (block[k] == 0)
            {
                if (++zeros < 16) continue;
                Symbol(_ac, 0xF0);
                Flush(pending);
                zeros = 0;
                continue;
            }
            Symbol(_ac, zeros << 4 | 1);
            Bits(block[k] > 0 ? 1u : 0u, 1);
            Flush(pending);
            zeros = 0;
        }
        if (lastNew == last) return;
        Symbol(_ac, 0);
        Flush(pending);
    }

    private void Flush(List<uint> bits)
    {
        foreach (var bit in bits) Bits(bit, 1);
        bits.Clear();
    }

    private void Value(JpegHuffmanCodes codes, int zeros, int value)
    {
        var size = 32 - int.LeadingZeroCount(Math.Abs(value));
        Symbol(codes, zeros << 4 | size);
        if (size > 0) Bits((uint)(value < 0 ? value - 1 : value) & (1u << size) - 1, size);
    }

    private void Symbol(JpegHuffmanCodes codes, int symbol)
    {
        var (code, length) = codes[symbol];
        Bits(code, length);
    }

    private void Bits(uint bits, int count)
    {
        _bits = _bits << count | bits;
        for (_bitCount += count; _bitCount >= 8; _bitCount -= 8)
        {
            var value = (byte)(_bits >> _bitCount - 8);
            _bytes.Add(value);
            if (value == 0xFF) _bytes.Add(0);
        }
    }

    private void Align()
    {
        if (_bitCount > 0) Bits((1u << 8 - _bitCount) - 1, 8 - _bitCount);
    }
}
