namespace Molmo.Demo.Server.Web;

/// <summary>
/// The headers that every response carries, errors included. A response that already has one of them (pictures are
/// stricter) keeps its own.
/// </summary>
internal static partial class SecurityHeaders
{
    /// <summary>
    /// First in the pipeline; the headers are set as the response starts, so that no error handler can drop them.
    /// </summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state => Apply((HttpContext)state), context);
        return next(context);
    });

    /// <summary>
    /// Policy of a response that is data and nothing else: it may load and run nothing, wherever it is opened.
    /// </summary>
    public const string DataOnly = "default-src 'none'; sandbox";

    private static Task Apply(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Content-Security-Policy", PagePolicy(context));
        headers.TryAdd("Referrer-Policy", "same-origin");
        headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
        // A frame on another site has no origin of its own, and its typefaces are ours.
        if (context.Request.Path.StartsWithSegments("/fonts")) headers.TryAdd("Access-Control-Allow-Origin", "*");
        headers.TryAdd("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
        return Task.CompletedTask;
    }

    private static string PagePolicy(HttpContext context)
    {
        // Some browsers do not count WebSockets of the page's own host as 'self'.
        var host = context.Request.Host.Value;
        var sockets = host is not null && PlainHost().IsMatch(host) ? $" ws://{host} wss://{host}" : "";
        // MudBlazor sets style attributes. Scripts are files, every one.
        return "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
            + $"script-src 'self'; connect-src 'self'{sockets}; object-src 'none'; "
            + "frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
    }

    [GeneratedRegex(@"^[A-Za-z0-9.\-\[\]:]+\z")]
    private static partial Regex PlainHost();
}
