using Microsoft.Net.Http.Headers;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// JSON in the encoding of its sender. It should be UTF-8 without a mark, but some write one in front, and some write
/// UTF-16.
/// </summary>
internal static class JsonText
{
    // UTF-32 before UTF-16, whose mark is the beginning of its own.
    private static readonly Encoding[] Marked =
        [Encoding.UTF8, Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.Unicode,
            Encoding.BigEndianUnicode];

    /// <summary>The encoding that the type of a body names; UTF-8 where it names none.</summary>
    /// <exception cref="ApiException">It names one that is not known here.</exception>
    public static Encoding EncodingOf(string? contentType)
    {
        var name = MediaTypeHeaderValue.TryParse(contentType, out var type)
            ? HeaderUtilities.RemoveQuotes(type.Charset).Value ?? ""
            : "";
        if (name.ToUpperInvariant() is "" or "UTF-8" or "UTF8") return Encoding.UTF8;
        try
        {
            return Encoding.GetEncoding(name);
        }
        // The second is UTF-7, which can hide what it says.
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "unsupported_charset",
                "The charset of the body is not known here. Send UTF-8.", "Content-Type");
        }
    }

    /// <summary>The same text in UTF-8, without a mark. A mark counts more than what the header says.</summary>
    /// <exception cref="DecoderFallbackException">It is not text in that encoding.</exception>
    public static ReadOnlyMemory<byte> InUtf8(ReadOnlyMemory<byte> bytes, Encoding encoding)
    {
        if (Array.Find(Marked, one => bytes.Span.StartsWith(one.Preamble)) is { } marked)
            (bytes, encoding) = (bytes[marked.Preamble.Length..], marked);
        if (encoding is UTF8Encoding) return bytes;
        var strict = Encoding.GetEncoding(
            encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        return Encoding.UTF8.GetBytes(strict.GetString(bytes.Span));
    }
}
