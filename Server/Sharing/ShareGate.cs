using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Stands before everything under <c>/s/</c>: what is unknown, withdrawn or not even an id gets the same answer, and
/// nothing of a link is indexed, named to other sites, or kept anywhere that would outlive its withdrawal.
/// </summary>
internal static class ShareGate
{
    private static readonly string NotFoundPage = ErrorPages.Page("There is nothing under this link", "It was withdrawn by its author, or the address is not complete.");

    public static void UseShareGate(this IApplicationBuilder app, ShareStore shares, MolmoOptions options) => app.Use((context, next) =>
    {
        if (!context.Request.Path.StartsWithSegments("/s", out var rest) || !rest.HasValue) return next(context);
        context.Response.OnStarting(static state => SetHeaders((HttpResponse)state), context.Response);
        if (options.PublicUrl is { } address)
        {
            // The page writes absolute addresses into its head: they must not come from whatever host the request named.
            context.Request.Scheme = address.Scheme;
            context.Request.Host = HostString.FromUriComponent(address);
        }
        var id = rest.Value.AsSpan(1);
        if (id.IndexOf('/') is >= 0 and var end) id = id[..end];
        return shares.IsLive(new ShareId(id.ToString())) ? next(context) : WriteNotFoundAsync(context);
    });

    // As the response starts, over what the page itself set: it has no form, and its reader is nobody's visitor.
    private static Task SetHeaders(HttpResponse response)
    {
        response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-store";
        response.Headers.Remove("Set-Cookie");
        return Task.CompletedTask;
    }

    private static Task WriteNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(NotFoundPage, context.RequestAborted);
    }
}
