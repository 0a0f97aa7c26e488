using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Writes lossless WebP files of two colours, bit by bit, and the chunks around them.</summary>
internal sealed class WebpFile
{
    private readonly List<byte> _bytes = [0x2F];
    private int _count;

    private WebpFile(int width, int height, bool isAlphaUsed = false)
    {
        Bits(width - 1, 14);
        Bits(height - 1, 14);
        Bits(isAlphaUsed ? 1 : 0, 1);
        Bits(0, 3);
        Bits(0, 1);   // no transforms
    }

    /// <summary>A chunk with what fills it up to an even length.</summary>
    public static byte[] Chunk(string type, params byte[] data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return [.. type.Select(letter => (byte)letter), .. length, .. data, .. new byte[data.Length & 1]];
    }

    /// <summary>The whole file.</summary>
    public static byte[] Riff(params byte[][] chunks)
        => Chunk("RIFF", [.. "WEBP"u8, .. chunks.SelectMany(chunk => chunk)]);

    /// <summary>The head of a file with metadata or frames.</summary>
    public static byte[] Canvas(int width, int height, byte flags)
        => Chunk("VP8X", [flags, 0, 0, 0, .. Number(width - 1), .. Number(height - 1)]);

    /// <summary>A frame of a moving picture. Its place is even.</summary>
    public static byte[] Frame(int left, int top, int width, int height, byte[] picture)
        => Chunk("ANMF",
        [
            .. Number(left / 2), .. Number(top / 2), .. Number(width - 1), .. Number(height - 1),
            0, 0, 0, 0, .. picture,
        ]);

    /// <summary>Green is 200 where it is told so and 10 elsewhere; red is 30, blue 40, and alpha as given.</summary>
    public static byte[] Picture(
        int width, int height, Func<int, int, bool> isBright, byte alpha = 255, bool isAlphaUsed = false)
    {
        var file = new WebpFile(width, height, isAlphaUsed);
        file.Bits(0, 2);   // neither colour cache nor groups of codes
        file.Code(10, 200);
        foreach (var symbol in new byte[] { 30, 40, alpha, 0 }) file.Code(symbol);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) file.Bits(isBright(x, y) ? 1 : 0, 1);
        return Chunk("VP8L", [.. file._bytes]);
    }

    /// <summary>
    /// 64 x 64 pixels that come with 65536 groups of codes, of which one is used: 160 kB that ask for more than a
    /// gigabyte.
    /// </summary>
    public static byte[] Bomb()
    {
        var file = new WebpFile(64, 64);
        file.Bits(1, 1);
        file.Bits(11, 4);   // the largest colour cache makes the largest tables
        file.Bits(1, 1);
        file.Bits(0, 3);
        file.Bits(0, 1);
        foreach (var symbol in new byte[] { 255, 255, 0, 0, 0 }) file.Code(symbol);
        for (var i = 0; i < 65536 * 5; i++) file.Bits(1, 4);   // one symbol, of one bit: 0
        return Riff(Chunk("VP8L", [.. file._bytes]));
    }

    private static byte[] Number(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    // A code of one or two symbols that is written down as such.
    private void Code(params byte[] symbols)
    {
        Bits(1, 1);
        Bits(symbols.Length - 1, 1);
        Bits(1, 1);
        foreach (var symbol in symbols) Bits(symbol, 8);
    }

    private void Bits(int value, int count)
    {
        for (var i = 0; i < count; i++, _count++)
        {
            if (_count % 8 == 0) _bytes.Add(0);
            _bytes[^1] |= (byte)((value >> i & 1) << _count % 8);
        }
    }
}
