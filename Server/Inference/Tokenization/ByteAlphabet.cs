namespace Molmo.Demo.Inference.Tokenization;

/// <summary>The printable stand-ins that byte-level vocabularies write bytes with: <c>Ġ</c> for a space, <c>Ċ</c> for a line feed.</summary>
internal static class ByteAlphabet
{
    private const int Last = 0x143;

    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The stand-in of a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>Turns a token into its bytes, one a character; false where a character is no stand-in.</summary>
    /// <param name="token">As the vocabulary writes it.</param>
    /// <param name="bytes">Takes <c>token.Length</c> bytes.</param>
    public static bool TryGetBytes(ReadOnlySpan<char> token, Span<byte> bytes)
    {
        if (!Writes(token)) return false;
        for (int i = 0; i < token.Length; i++) bytes[i] = (byte)Bytes[token[i]];
        return true;
    }

    /// <summary>The same for a token in UTF-8; <paramref name="bytes"/> takes as many bytes as it has characters.</summary>
    public static bool TryGetBytes(ReadOnlySpan<byte> utf8, Span<byte> bytes, out int count)
    {
        count = 0;
        for (int i = 0; i < utf8.Length; i++)
        {
            int character = utf8[i];
            // The alphabet ends at U+0143: two bytes at most.
            if (character >= 0x80)
            {
                if (character is < 0xC2 or > 0xC5 || i + 1 == utf8.Length) return false;
                character = ((character & 0x1F) << 6) | (utf8[++i] & 0x3F);
            }
            if (character > Last || Bytes[character] < 0) return false;
            bytes[count++] = (byte)Bytes[character];
        }
        return true;
    }

    /// <summary>A token as vocabularies write it.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var token = new char[bytes.Length];
        for (int i = 0; i < token.Length; i++) token[i] = Characters[bytes[i]];
        return new string(token);
    }

    /// <summary>Whether a token is written in stand-ins alone.</summary>
    public static bool Writes(ReadOnlySpan<char> token)
    {
        foreach (char character in token)
            if (character > Last || Bytes[character] < 0) return false;
        return true;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool standsForItself = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            characters[value] = (char)(standsForItself ? value : next++);
        }
        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Last + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++) bytes[Characters[value]] = (short)value;
        return bytes;
    }
}
