using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Cookies that prove that a reader knew a link's passphrase. One for each link, and nothing else in it.
/// </summary>
internal sealed class ShareKeys(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("Molmo.Share.Key").ToTimeLimitedDataProtector();

    /// <summary>Lets this browser read the link from now on.</summary>
    public void Give(HttpContext context, ShareId id, string storedPassphrase)
        => context.Response.Cookies.Append(NameOf(id),
            _protector.Protect(ContentOf(id, storedPassphrase), Lifetime), new CookieOptions
            {
                // Not the link's own folder: /s/{id}.json lies beside it.
                Path = "/s",
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = context.Request.IsHttps,
                IsEssential = true,
                MaxAge = Lifetime,
            });

    /// <summary>Whether this browser has proven it, for the passphrase as it is now.</summary>
    public bool Has(HttpRequest request, ShareId id, string storedPassphrase)
    {
        if (request.Cookies[NameOf(id)] is not { } cookie) return false;
        try
        {
            return _protector.Unprotect(cookie) == ContentOf(id, storedPassphrase);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string NameOf(ShareId id) => $"molmo.share.{id}";

    private static string ContentOf(ShareId id, string storedPassphrase)
        => $"{id} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(storedPassphrase)))}";
}
