using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Server.Admin;

/// <summary>
/// Cookies that prove that a browser has shown the key of who runs the server. They end with their hours, and with the
/// key.
/// </summary>
internal sealed class AdminSession(
    MolmoOptions options, IDataProtectionProvider protection, AttemptLimit attempts, Database database)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("Molmo.Admin").ToTimeLimitedDataProtector();
    private readonly string _cookie = OwnCookies.Name("molmo.admin", database);
    private readonly byte[] _key = HashOf(options.AdminKey ?? "");

    private string Content => Convert.ToHexStringLower(HashOf($"session {Convert.ToHexStringLower(_key)}"));

    /// <summary>Whether this browser has shown the key as it is now.</summary>
    public bool IsOpen(HttpRequest request)
    {
        if (options.AdminKey is null || request.Cookies[_cookie] is not { } cookie) return false;
        try
        {
            return _protector.Unprotect(cookie) == Content;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Takes a key that was shown, and answers with the status and the cookie it deserves.</summary>
    public AdminEntry Enter(HttpContext context, string key)
    {
        // For the place it comes from: who guesses elsewhere does not shut out who runs the server.
        var place = $"admin {ClientAddress.Of(context)}";
        if (!attempts.TryTake(place, out var retryAfter))
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.RetryAfter(retryAfter);
            return AdminEntry.TooOften;
        }
        // Hashes are of one length: neither the time nor the length tells anything of the key.
        if (options.AdminKey is null || !CryptographicOperations.FixedTimeEquals(HashOf(key), _key))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return AdminEntry.Wrong;
        }
        attempts.Clear(place);
        context.Response.Cookies.Append(
            _cookie, _protector.Protect(Content, Lifetime), Cookie(context.Request, Lifetime));
        return AdminEntry.Open;
    }

    public void Leave(HttpContext context)
        => context.Response.Cookies.Delete(_cookie, Cookie(context.Request, null));

    private static CookieOptions Cookie(HttpRequest request, TimeSpan? lifetime) => new()
    {
        Path = AdminModule.Path,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
        IsEssential = true,
        MaxAge = lifetime,
    };

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
