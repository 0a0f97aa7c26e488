using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Writes Windows bitmaps.</summary>
internal static class BmpFile
{
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels; negative where the first row is the top one.</param>
    /// <param name="depth">Bits a pixel.</param>
    /// <param name="coding">0 for none.</param>
    /// <param name="palette">Blue, green, red and an empty byte for each entry.</param>
    /// <param name="pixels">Rows, each filled up to four bytes.</param>
    public static byte[] Make(int width, int height, int depth, int coding, byte[] palette, params byte[] pixels)
    {
        var head = new byte[54];
        "BM"u8.CopyTo(head);
        Write(head, 10, head.Length + palette.Length);
        Write(head, 14, 40);
        Write(head, 18, width);
        Write(head, 22, height);
        Write(head, 26, 1 | depth << 16);
        Write(head, 30, coding);
        Write(head, 46, palette.Length / 4);
        return [.. head, .. palette, .. pixels];
    }

    /// <summary>The same of 32 bits with a header (BITMAPV4) that says where alpha is.</summary>
    public static byte[] MakeWithAlpha(int width, int height, params byte[] pixels)
    {
        const int HeadLength = 108;
        var head = new byte[14 + HeadLength];
        Make(width, height, 32, 3, []).CopyTo(head, 0);
        Write(head, 10, head.Length);
        Write(head, 14, HeadLength);
        // Masks of red, green, blue and alpha.
        for (var i = 0; i < 4; i++) head[54 + 4 * i + (i < 3 ? 2 - i : 3)] = 255;
        return [.. head, .. pixels];
    }

    private static void Write(byte[] head, int at, int value)
        => BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(at), value);
}
