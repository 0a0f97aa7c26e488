using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Web;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing.Live;

/// <summary>
/// Stands before <c>/live/</c>, and serves the photos there. The page is the client's <c>LivePage</c>.
/// </summary>
internal sealed class LiveApi(LiveStore links, ImageStore images)
{
    public void Map(IEndpointRouteBuilder routes)
        => routes.MapMethods("/live/{id}/photo/{image}", [HttpMethods.Get, HttpMethods.Head], ShowPhoto)
            .WithMetadata(new PublicEndpoint());

    public Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/live", out var rest) || !rest.HasValue) return next(context);
        var headers = context.Response.Headers;
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers["Referrer-Policy"] = "no-referrer";
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            response.Headers.CacheControl = "no-store";
            // The page's antiforgery cookie: it has no form, and its reader is nobody's visitor.
            response.Headers.Remove("Set-Cookie");
            return Task.CompletedTask;
        }, context.Response);
        var id = rest.Value.AsSpan(1);
        if (id.IndexOf('/') is >= 0 and var end) id = id[..end];
        var standing = links.FindStanding(new LiveId(id.ToString()));
        if (standing is { IsLive: true }) return next(context);
        return standing is null
            ? ShareGate.NotFoundAsync(context)
            : ErrorPages.WriteAsync(context, StatusCodes.Status410Gone,
                T("This live view is over"),
                T("It was ended by the one who asked the questions, or its time has passed."));
    }

    private IResult ShowPhoto(string id, string image, HttpContext context)
    {
        var imageId = new ImageId(image);
        if (!RandomId.IsWellFormed(image) || links.FindStanding(new LiveId(id)) is not { IsLive: true } standing
            || !links.HasImage(standing.Conversation, imageId)
            || images.Open(standing.Owner, imageId) is not { } picture)
            return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        return TypedResults.Stream(picture.Bytes, picture.ContentType);
    }
}
