namespace Molmo.Demo.Server.Web;

/// <summary>
/// Lets pages of the sites in <see cref="MolmoOptions.ApiOrigins"/> use the addresses for programs, without cookies. By
/// default there are none, and every other site's page is refused as everywhere.
/// </summary>
internal static class CrossOrigin
{
    public static void UseCrossOrigin(this IApplicationBuilder app, MolmoOptions options)
        => app.Use(async (context, next) =>
        {
            if (!IsAllowed(context.Request, options))
            {
                await next(context);
                return;
            }
            var headers = context.Response.Headers;
            headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
            headers.Vary = "Origin";
            headers.AccessControlExposeHeaders =
                $"{RequestIds.Header}, Retry-After, X-Molmo-Warning, Idempotency-Replayed";
            if (HttpMethods.IsOptions(context.Request.Method))
            {
                headers.AccessControlAllowMethods = "GET, POST";
                headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
                headers.AccessControlMaxAge = "600";
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
            await next(context);
        });

    /// <summary>Whether a request comes from a page of an allowed site and asks for an address of programs.</summary>
    public static bool IsAllowed(HttpRequest request, MolmoOptions options)
        => ProgramPaths.Include(request.Path) && request.Headers.Origin.ToString() is { Length: > 0 } origin
            && options.ApiOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request comes from a page of another site, whose visitor's cookie must not count.</summary>
    public static bool IsForeign(HttpRequest request, MolmoOptions options)
        => IsAllowed(request, options) || request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
}
