using Microsoft.AspNetCore.Antiforgery;

namespace Molmo.Demo.Server.Admin;

/// <summary>
/// Stands before the page of who runs the server. Without a key in the settings there is no such page; it is neither
/// indexed nor kept by anything on the way; and what a browser sends that has not shown the key, or whose hours are
/// over, asks for the key instead.
/// </summary>
internal sealed class AdminGate(MolmoOptions options, AdminSession session)
{
    /// <summary>The field in which the pages' framework says which form was sent.</summary>
    private const string FormField = "_handler";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(AdminModule.Path))
        {
            await next(context);
            return;
        }
        if (options.AdminKey is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        // Nothing may be read of a form that came without the token of its page.
        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false })
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        context.Response.OnStarting(static state => SetHeaders((HttpContext)state), context);
        if (HttpMethods.IsPost(context.Request.Method) && !session.IsOpen(context.Request)
            && !await IsEntryAsync(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = AdminModule.Path;
            return;
        }
        await next(context);
    }

    private static async Task<bool> IsEntryAsync(HttpRequest request)
        => request.HasFormContentType
            && (await request.ReadFormAsync(request.HttpContext.RequestAborted))[FormField] == "enter";

    private static Task SetHeaders(HttpContext context)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }
}
