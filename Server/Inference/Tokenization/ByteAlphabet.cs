namespace Molmo.Demo.Inference.Tokenization;

/// <summary>
/// The printable stand-ins that byte-level vocabularies write bytes with: <c>Ġ</c> for a space, <c>Ċ</c> for a line
/// feed.
/// </summary>
internal static class ByteAlphabet
{
    private const int Last = 0x143;

    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The stand-in of a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>What a token of a vocabulary stands for: a byte for each stand-in, else its own UTF-8.</summary>
    /// <param name="token">As the file writes it.</param>
    public static byte[] BytesOf(string token)
    {
        if (!Writes(token)) return Encoding.UTF8.GetBytes(token);
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)Bytes[token[i]];
        return bytes;
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
