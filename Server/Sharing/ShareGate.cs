using Molmo.Demo.Server.Web;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Stands before everything under <c>/s/</c> and <c>/embed/</c>. What never was or is not even an id gets one answer,
/// what is over another, and what has a passphrase nothing but the question for it. Nothing of a link is indexed, named
/// to other sites, or kept anywhere that would outlive its withdrawal.
/// </summary>
internal sealed class ShareGate(ShareStore shares, ShareKeys keys, ShareViews views, MolmoOptions options)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isFrame = context.Request.Path.StartsWithSegments("/embed", out var rest);
        if ((!isFrame && !context.Request.Path.StartsWithSegments("/s", out rest)) || !rest.HasValue)
            return next(context);
        context.Response.OnStarting(static state => SetHeaders((HttpContext)state), context);
        if (isFrame)
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {options.EmbedAncestors}";
        if (options.PublicUrl is { } address)
        {
            // The page writes absolute addresses into its head: they must not come from whatever host the request
            // named.
            context.Request.Scheme = address.Scheme;
            context.Request.Host = HostString.FromUriComponent(address);
        }
        var (id, isPage) = Read(rest.Value.AsSpan(1));
        if (shares.FindStanding(id) is not { } standing) return NotFoundAsync(context);
        if (!standing.IsLive)
        {
            return ErrorPages.WriteAsync(context, StatusCodes.Status410Gone, T("Nothing here any more"),
                standing.IsExpired
                    ? T("This link was made for a limited time, which is over.")
                    : T("This link was deleted by its sender."));
        }
        if (standing.Passphrase is { } passphrase && !IsUnlock(context.Request)
            && (isFrame || !keys.Has(context.Request, id, passphrase)))
        {
            return isPage && !isFrame
                ? PassphraseForm.WriteAsync(context, id, StatusCodes.Status401Unauthorized, null)
                : ErrorPages.WriteAsync(context, StatusCodes.Status401Unauthorized, T("A passphrase is needed"),
                    T("This answer can be read by those who know its passphrase. Open its link to enter it."));
        }
        if (isPage) views.Count(context, id, standing.Owner);
        return next(context);
    }

    // {id}, {id}.{format} or {id}/{something}.
    private static (ShareId Id, bool IsPage) Read(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('/', '.');
        return (new ShareId((end < 0 ? rest : rest[..end]).ToString()), end < 0);
    }

    // What the passphrase is sent to. No other request passes a closed link, whatever its method.
    private static bool IsUnlock(HttpRequest request)
        => HttpMethods.IsPost(request.Method) && request.Path.Value is { } path
            && path.EndsWith("/unlock", StringComparison.Ordinal);

    // As the response starts, over what the page itself set: its reader is nobody's visitor. Only a passphrase that was
    // right leaves a cookie.
    private static Task SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.CacheControl = "no-store";
        if (!IsUnlock(context.Request)) headers.Remove("Set-Cookie");
        return Task.CompletedTask;
    }

    /// <summary>There is nothing under a link, of this kind or another.</summary>
    internal static Task NotFoundAsync(HttpContext context)
        => ErrorPages.WriteAsync(context, StatusCodes.Status404NotFound,
            T("Page not found"), T("The address is not complete, or there never was anything here."));
}
