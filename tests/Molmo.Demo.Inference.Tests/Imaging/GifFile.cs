namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Writes GIF files of four colours: black, red, green and blue.</summary>
internal static class GifFile
{
    private const byte Extension = 0x21;

    /// <summary>A file of a screen and what stands on it.</summary>
    public static byte[] Make(int width, int height, params byte[][] blocks)
        =>
        [
            .. "GIF89a"u8, .. Word(width), .. Word(height), 0x91, 0, 0,
            0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255,
            .. blocks.SelectMany(block => block), 0x3B,
        ];

    /// <summary>A frame whose pixels are given, [height * width], each 0 to 3.</summary>
    public static byte[] Frame(int left, int top, int width, int height, params byte[] pixels)
        => [0x2C, .. Word(left), .. Word(top), .. Word(width), .. Word(height), 0, 2, .. Blocks(Pack(pixels)), 0];

    /// <summary>Says which entry of the palette is transparent in the next frame.</summary>
    public static byte[] Transparent(byte index) => [Extension, 0xF9, 4, 1, 0, 0, index, 0];

    public static byte[] Comment(params byte[] text) => [Extension, 0xFE, .. Blocks(text), 0];

    // A clear code before every second pixel keeps all codes at three bits.
    private static byte[] Pack(byte[] pixels)
    {
        const int Clear = 4, End = 5, CodeBits = 3;
        var codes = new List<int>();
        for (var i = 0; i < pixels.Length; i++)
        {
            if (i % 2 == 0) codes.Add(Clear);
            codes.Add(pixels[i]);
        }
        codes.Add(End);
        var bytes = new byte[(codes.Count * CodeBits + 7) / 8];
        for (var bit = 0; bit < codes.Count * CodeBits; bit++)
            bytes[bit / 8] |= (byte)((codes[bit / CodeBits] >> bit % CodeBits & 1) << bit % 8);
        return bytes;
    }

    private static IEnumerable<byte> Blocks(byte[] data)
        => data.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length));

    private static byte[] Word(int value) => [(byte)value, (byte)(value >> 8)];
}
