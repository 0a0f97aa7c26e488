using System.Buffers;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Turns tokens into text one by one, holding back what is not yet a whole character.</summary>
/// <remarks>
/// All pieces together are exactly <see cref="BpeTokenizer.Decode"/> of all ids. Bytes that cannot be UTF-8 come out at once as
/// U+FFFD, one for each maximal part of a character. For one stream at a time.
/// </remarks>
/// <param name="tokenizer">Whose ids these are.</param>
/// <param name="skipSpecial">Special tokens give no text.</param>
public sealed class TokenStreamDecoder(BpeTokenizer tokenizer, bool skipSpecial)
{
    // The beginning of a character: at most three bytes.
    private readonly byte[] _open = new byte[4];
    private int _openLength;

    /// <summary>Text that is certain now that this token has come; may be empty.</summary>
    public string Append(int tokenId)
    {
        if (skipSpecial && tokenizer.IsSpecial(tokenId)) return "";
        var bytes = tokenizer.BytesOf(tokenId);
        if (_openLength == 0) return Take(bytes);

        byte[] joined = ArrayPool<byte>.Shared.Rent(_openLength + bytes.Length);
        _open.AsSpan(0, _openLength).CopyTo(joined);
        bytes.CopyTo(joined.AsSpan(_openLength));
        string text = Take(joined.AsSpan(0, _openLength + bytes.Length));
        ArrayPool<byte>.Shared.Return(joined);
        return text;
    }

    /// <summary>What is left at the end: U+FFFD where a character was begun, else nothing.</summary>
    public string Flush()
    {
        string text = Encoding.UTF8.GetString(_open, 0, _openLength);
        _openLength = 0;
        return text;
    }

    private string Take(ReadOnlySpan<byte> bytes)
    {
        _openLength = OpenLength(bytes);
        bytes[^_openLength..].CopyTo(_open);
        return Encoding.UTF8.GetString(bytes[..^_openLength]);
    }

    /// <summary>Bytes at the end that begin a character and may still become one.</summary>
    private static int OpenLength(ReadOnlySpan<byte> bytes)
    {
        for (int length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData) return length;
            // Only continuation bytes can belong to a character that begins further left.
            if ((bytes[^length] & 0xC0) != 0x80) break;
        }
        return 0;
    }
}
