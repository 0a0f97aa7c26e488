using Molmo.Demo.Server.Web;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Stands before everything under <c>/s/</c> and <c>/embed/</c>. What never was or is not even an id gets one answer, what
/// is over another, and what has a passphrase nothing but the question for it. Nothing of a link is indexed, named to other
/// sites, or kept anywhere that would outlive its withdrawal.
/// </summary>
internal sealed class ShareGate(ShareStore shares, ShareKeys keys, ShareViews views, MolmoOptions options)
{
    private static string NotFoundPage => ErrorPages.Page(T("There is nothing under this link"), T("The address is not complete, or there never was anything here."));

    private static string WithdrawnPage => ErrorPages.Page(T("Nothing here any more"), T("This link was withdrawn by its author."));

    private static string ExpiredPage => ErrorPages.Page(T("Nothing here any more"), T("This link was made for a limited time, which is over."));

    private static string LockedPage
        => ErrorPages.Page(T("A passphrase is needed"), T("This answer can be read by those who know its passphrase. Open its link to enter it."));

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isFrame = context.Request.Path.StartsWithSegments("/embed", out var rest);
        if ((!isFrame && !context.Request.Path.StartsWithSegments("/s", out rest)) || !rest.HasValue) return next(context);
        context.Response.OnStarting(static state => SetHeaders((HttpContext)state), context);
        if (isFrame) context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {options.EmbedAncestors}";
        if (options.PublicUrl is { } address)
        {
            // The page writes absolute addresses into its head: they must not come from whatever host the request named.
            context.Request.Scheme = address.Scheme;
            context.Request.Host = HostString.FromUriComponent(address);
        }
        var (id, isPage) = Read(rest.Value.AsSpan(1));
        if (shares.FindStanding(id) is not { } standing) return WriteAsync(context, StatusCodes.Status404NotFound, NotFoundPage);
        if (!standing.IsLive) return WriteAsync(context, StatusCodes.Status410Gone, standing.IsExpired ? ExpiredPage : WithdrawnPage);
        if (standing.Passphrase is { } passphrase && !IsUnlock(context.Request) && (isFrame || !keys.Has(context.Request, id, passphrase)))
        {
            return isPage && !isFrame
                ? PassphraseForm.WriteAsync(context, id, StatusCodes.Status401Unauthorized, null)
                : WriteAsync(context, StatusCodes.Status401Unauthorized, LockedPage);
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
        => HttpMethods.IsPost(request.Method) && request.Path.Value is { } path && path.EndsWith("/unlock", StringComparison.Ordinal);

    // As the response starts, over what the page itself set: its reader is nobody's visitor. Only a passphrase that was right leaves a cookie.
    private static Task SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.CacheControl = "no-store";
        if (!IsUnlock(context.Request)) headers.Remove("Set-Cookie");
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, int status, string page)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page, context.RequestAborted);
    }
}
