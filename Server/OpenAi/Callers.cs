using System.Numerics;
using System.Security.Cryptography;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// Which visitor a program is. There are no accounts: a bearer token is a name that only its owner knows, and its hash
/// is the visitor. A page of this site is the visitor of its cookie. Everybody else is the visitor of the network
/// address, so that the limits of a visitor hold for programs without any token too.
/// </summary>
/// <remarks>
/// Where <see cref="MolmoOptions.ApiKeys"/> are set, one of them is demanded. A token under 16 characters is what
/// client libraries send that insist on one; it names nobody.
/// </remarks>
internal sealed class Callers(MolmoOptions options)
{
    private const int ShortestName = 16;
    private const string Scheme = "Bearer ";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly byte[][] _keys = [.. options.ApiKeys.Select(Hash)];

    // Addresses are few and guessable: a hash of one without a secret would be the address itself.
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    /// <exception cref="ApiException">A key is demanded, and this is none.</exception>
    public VisitorId Of(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (_keys.Length > 0 && !_keys.Any(key => CryptographicOperations.FixedTimeEquals(key, Hash(token))))
            throw new ApiException(StatusCodes.Status401Unauthorized, "invalid_api_key", token.Length == 0
                ? "This server asks programs for a key: send Authorization: Bearer KEY."
                : "This key is not one of this server's.");
        if (token.Length >= ShortestName)
            return Derive(SHA256.HashData(Encoding.UTF8.GetBytes($"molmo program {token}")));
        if (!CrossOrigin.IsForeign(context.Request, options) && Visitors.Find(context.User) is { } visitor)
            return visitor;
        return Derive(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(ClientAddress.Of(context) ?? "")));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static VisitorId Derive(byte[] hash)
    {
        var number = new BigInteger(hash, isUnsigned: true);
        var id = new char[RandomId.Length];
        for (var i = 0; i < id.Length; i++)
        {
            (number, var digit) = BigInteger.DivRem(number, Alphabet.Length);
            id[i] = Alphabet[(int)digit];
        }
        return new VisitorId(new string(id));
    }
}
