using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// Who is asking: a random number in a cookie that only this server can write. There is no login; the cookie is what
/// makes a picture, a conversation or a link somebody's own.
/// </summary>
public static class Visitors
{
    /// <summary>How the cookie's name begins; its data folder's number follows.</summary>
    public const string CookieName = "molmo.visitor";

    // Browsers keep a cookie for 400 days at most; every visit in the second half of that renews it.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    /// <summary>The visitor of a signed-in request, circuit or hub connection.</summary>
    /// <exception cref="InvalidOperationException">The request came without one, as requests for public files
    /// do.</exception>
    public static VisitorId Of(ClaimsPrincipal? user)
        => Find(user) ?? throw new InvalidOperationException("This request has no visitor.");

    /// <summary>The visitor, null where the request has none.</summary>
    public static VisitorId? Find(ClaimsPrincipal? user)
        => user?.FindFirstValue(VisitorId.ClaimType) is { } value && RandomId.IsWellFormed(value)
            ? new VisitorId(value)
            : null;

    /// <summary>
    /// A principal that carries the visitor; for tests and for connections that are known by another proof.
    /// </summary>
    public static ClaimsPrincipal Principal(VisitorId visitor)
        => new(new ClaimsIdentity(
            [new Claim(VisitorId.ClaimType, visitor.Value)], CookieAuthenticationDefaults.AuthenticationScheme));

    internal static void AddVisitors(this IServiceCollection services)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.Cookie.IsEssential = true;
            cookie.ExpireTimeSpan = Lifetime;
            cookie.SlidingExpiration = true;
            cookie.CookieManager = new Cookies();
            cookie.Events.OnValidatePrincipal = RenameAsync;
        });
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<Database>((cookie, database) => cookie.Cookie.Name = OwnCookies.Name(CookieName, database));
        services.AddCascadingAuthenticationState();
    }

    /// <summary>Signs a new visitor in where a page, the API or a hub is asked without one. Behind routing.</summary>
    /// <remarks>
    /// A cookie that cannot be read (the keys of the data folder are lost) counts as none: that browser becomes a new
    /// visitor. Public files and share links make nobody a visitor.
    /// </remarks>
    internal static void UseVisitors(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.Use(async (context, next) =>
        {
            if (Find(context.User) is null && NeedsVisitor(context))
            {
                context.User = Principal(VisitorId.New());
                await context.SignInAsync(context.User, new AuthenticationProperties { IsPersistent = true });
            }
            await next(context);
        });
    }

    private static Task RenameAsync(CookieValidatePrincipalContext context)
    {
        context.ShouldRenew |= !context.Request.Cookies.ContainsKey(context.Options.Cookie.Name!);
        return Task.CompletedTask;
    }

    private static bool NeedsVisitor(HttpContext context)
        => context.GetEndpoint() is { } endpoint
            && endpoint.Metadata.GetMetadata<PublicEndpoint>() is null
            && endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null
            && !context.Request.Path.StartsWithSegments("/s")
            && !context.Request.Path.StartsWithSegments("/live")
            && !context.Request.Path.StartsWithSegments("/kiosk")
            && !context.Request.Path.StartsWithSegments("/admin")
            && !context.Request.Path.StartsWithSegments("/_framework");

    /// <summary>
    /// Takes a cookie of an earlier version too, whose name every server shared, and never writes under that name.
    /// </summary>
    private sealed class Cookies : ICookieManager
    {
        private readonly ChunkingCookieManager _own = new();

        public string? GetRequestCookie(HttpContext context, string key)
            => _own.GetRequestCookie(context, key) ?? _own.GetRequestCookie(context, CookieName);

        public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options)
            => _own.AppendResponseCookie(context, key, value, options);

        public void DeleteCookie(HttpContext context, string key, CookieOptions options)
            => _own.DeleteCookie(context, key, options);
    }
}

/// <summary>Metadata of an endpoint that needs no visitor and makes none.</summary>
public sealed class PublicEndpoint;
