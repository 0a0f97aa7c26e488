namespace Molmo.Demo.Server.Web;

/// <summary>
/// Refuses what another site's page made a browser send: requests that change something, and WebSocket handshakes,
/// which no browser restricts by itself.
/// </summary>
/// <remarks>Programs send neither header and pass; they have no visitor's cookie to misuse.</remarks>
internal static class SameOrigin
{
    public static void UseSameOrigin(this IApplicationBuilder app, MolmoOptions options) => app.Use((context, next) =>
        IsHarmless(context.Request) || IsOwn(context.Request, options)
            || CrossOrigin.IsAllowed(context.Request, options)
            ? next(context)
            : new Problem(StatusCodes.Status403Forbidden, new OtherSite()).ExecuteAsync(context));

    /// <summary>Whether the request opens a WebSocket, over HTTP/1.1 or HTTP/2.</summary>
    public static bool IsWebSocket(HttpRequest request)
        => HttpMethods.IsConnect(request.Method)
            || request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase);

    private static bool IsHarmless(HttpRequest request)
        => (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            || HttpMethods.IsOptions(request.Method))
            && !IsWebSocket(request);

    private static bool IsOwn(HttpRequest request, MolmoOptions options)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none")) return false;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return true;
        // Hosts are compared without the scheme: behind a proxy that ends TLS the request itself came by http.
        return Uri.TryCreate(origin, UriKind.Absolute, out var address)
            && (SameHost(address.Authority, request.Host.Value)
                || SameHost(address.Authority, options.PublicUrl?.Authority));
    }

    private static bool SameHost(string authority, string? host)
        => authority.Length > 0 && string.Equals(authority, host, StringComparison.OrdinalIgnoreCase);
}
