using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// Refuses bodies that say of themselves that they are too large, and forms that cannot be read, before anything begins
/// with them. Endpoints without a limit read their bodies themselves and have words of their own for what is wrong
/// with them.
/// </summary>
internal static class Bodies
{
    /// <summary>Behind routing, which sets the limit that an endpoint asks for.</summary>
    public static void UseBodies(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        var readsItself = context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>() is not null;
        if (size is { MaxRequestBodySize: { } limit } && context.Request.ContentLength > limit)
        {
            // Behind the refusal the server reads on for a few seconds, so that who still sends learns why and can
            // use the connection again. With the limit it would cut the line, and the next request with it.
            size.MaxRequestBodySize = null;
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        }
        else if (!readsItself && await FaultOfAsync(context.Request) is { } status)
            context.Response.StatusCode = status;
        else
            await next(context);
    });

    /// <summary>The status that a request's words deserve; null where they can be read.</summary>
    private static async Task<int?> FaultOfAsync(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.HasValue && !IsKnown(type))
            return StatusCodes.Status415UnsupportedMediaType;
        if (!request.HasFormContentType) return null;
        try
        {
            // Kept for who asks for it next.
            await request.ReadFormAsync(request.HttpContext.RequestAborted);
            return null;
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static bool IsKnown(MediaTypeHeaderValue type)
    {
        try
        {
            return type.Encoding is not null;
        }
        catch (NotSupportedException)
        {
            // UTF-7, which can hide what it says.
            return false;
        }
    }
}
