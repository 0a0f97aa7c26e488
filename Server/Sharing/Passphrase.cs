using System.Security.Cryptography;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Keeps a passphrase as a salted hash that takes a noticeable part of a second to try.</summary>
internal static class Passphrase
{
    private const int Iterations = 210_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private static readonly HashAlgorithmName Algorithm = HashAlgorithmName.SHA512;

    /// <summary>Whether it can be one at all.</summary>
    public static bool IsWithinLimits(string words)
        => Normal(words).Length is >= ShareLimits.ShortestPassphrase and <= ShareLimits.LongestPassphrase;

    /// <summary>What is stored: iterations, salt and hash.</summary>
    public static string Hash(string words)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Normal(words), salt, Iterations, Algorithm, HashBytes);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Iterations}.{Convert.ToHexStringLower(salt)}.{Convert.ToHexStringLower(hash)}");
    }

    /// <summary>Whether these are the words that gave the stored hash. Takes as long either way.</summary>
    public static bool Matches(string words, string stored)
    {
        var parts = stored.Split('.');
        var expected = Convert.FromHexString(parts[2]);
        var found = Rfc2898DeriveBytes.Pbkdf2(
            Normal(words), Convert.FromHexString(parts[1]), int.Parse(parts[0], CultureInfo.InvariantCulture),
            Algorithm, expected.Length);
        return CryptographicOperations.FixedTimeEquals(expected, found);
    }

    // Typed on another keyboard, the same words may come in another form, or with a space behind them. Ill-formed text
    // is no words.
    private static string Normal(string words)
    {
        try
        {
            return words.Trim().Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return "";
        }
    }
}
