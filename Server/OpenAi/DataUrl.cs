using System.Buffers;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>A picture within a request, as programs write it: a data URL, or base64 alone.</summary>
internal static class DataUrl
{
    private const string Scheme = "data:";
    private static readonly SearchValues<char> Spaces = SearchValues.Create(" \t\r\n\f\v");

    /// <summary>The bytes.</summary>
    /// <param name="text">As it came.</param>
    /// <param name="path">Of the field, for the refusal.</param>
    /// <param name="isBareAllowed">Whether base64 without a head will do.</param>
    /// <exception cref="ApiException">It is neither.</exception>
    /// <exception cref="ImageRefusedException">It is too large.</exception>
    public static byte[] Read(string text, string path, bool isBareAllowed)
    {
        var rest = text.AsSpan().Trim();
        if (rest.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && rest.IndexOf(',') is >= 0 and var comma)
        {
            if (!SaysBase64(rest[Scheme.Length..comma]))
                throw ApiException.Invalid(path, $"{path} must be base64: data:image/png;base64,...");
            rest = rest[(comma + 1)..];
        }
        else if (!isBareAllowed || rest.Contains(':'))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "picture_not_inline",
                $"{path} must be a data URL such as data:image/png;base64,... "
                    + $"- this server fetches nothing from other addresses.", path);
        }
        var bytes = Decode(rest) ?? throw ApiException.Invalid(path, $"{path} is not valid base64.");
        return bytes.Length <= ImageLimits.Default.MaxBytes ? bytes : throw ImageRefusals.TooManyBytes(bytes.Length);
    }

    // Type and parameters decide nothing: what the bytes are is seen in them.
    private static bool SaysBase64(ReadOnlySpan<char> head)
    {
        foreach (var part in head.Split(';'))
            if (head[part].Trim().Equals("base64", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <returns>Null where it is no base64, and where there are no bytes.</returns>
    private static byte[]? Decode(ReadOnlySpan<char> encoded)
    {
        // As nearly all write it, with spaces and lines perhaps; nothing is copied then.
        var bytes = new byte[(encoded.Length / 4 + 1) * 3];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length)
            && !Convert.TryFromBase64String(Usual(encoded), bytes, out length))
            return null;
        return length == 0 ? null : bytes[..length];
    }

    /// <summary>The same with the usual letters and padding.</summary>
    private static string Usual(ReadOnlySpan<char> encoded)
    {
        var unescaped = encoded.Contains('%') ? Uri.UnescapeDataString(encoded) : encoded;
        var text = new StringBuilder(unescaped.Length + 3);
        foreach (var letter in unescaped)
        {
            if (!Spaces.Contains(letter)) text.Append(letter switch { '-' => '+', '_' => '/', _ => letter });
        }
        while (text.Length > 0 && text[^1] == '=') text.Length--;
        return text.Append('=', (4 - text.Length % 4) % 4).ToString();
    }
}
