namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Turns tokens into text one by one, holding back what is not yet a whole character.</summary>
/// <remarks>
/// All pieces together are exactly <see cref="BpeTokenizer.Decode"/> of all ids. Bytes that cannot be UTF-8 come out at
/// once as U+FFFD, one for each maximal part of a character. For one stream at a time.
/// </remarks>
/// <param name="tokenizer">Whose ids these are.</param>
/// <param name="skipSpecial">Special tokens give no text.</param>
public sealed class TokenStreamDecoder(BpeTokenizer tokenizer, bool skipSpecial)
{
    // Holds the beginning of a character.
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Text that is certain now that this token has come; may be empty.</summary>
    public string Append(int tokenId)
        => skipSpecial && tokenizer.IsSpecial(tokenId) ? "" : Take(tokenizer.BytesOf(tokenId), flush: false);

    /// <summary>What is left at the end: U+FFFD where a character was begun, else nothing.</summary>
    public string Flush() => Take([], flush: true);

    private string Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
    }
}
