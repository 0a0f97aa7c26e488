using System.Security.Cryptography;

namespace Molmo.Demo.Shared;

/// <summary>Random identifiers of 128 bits, written in 22 characters of <c>[0-9A-Za-z]</c>.</summary>
public static class RandomId
{
    /// <summary>Characters of an identifier.</summary>
    public const int Length = 22;

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A new identifier from the system's cryptographic source: 22 characters of 62 carry 130 bits.</summary>
    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>
    /// Whether the text has the form of an identifier. Anything else is answered as unknown before a store is asked.
    /// </summary>
    public static bool IsWellFormed(string? text)
    {
        if (text is not { Length: Length }) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        return true;
    }
}
