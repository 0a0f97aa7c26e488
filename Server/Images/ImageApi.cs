using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Metrics;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// Pictures over plain HTTP: in by <c>POST /api/images</c>, out to their owner by <c>GET /img/{id}</c>, small for lists
/// by <c>GET /img/{id}/small</c>.
/// </summary>
internal sealed class ImageApi(
    ImageStore store, Thumbnails thumbnails, UploadReader reader, ImageOptions options, MolmoMetrics metrics,
    TimeProvider time)
{
    /// <summary>Names the conversation without trace that an upload is for.</summary>
    public const string PrivateHeader = "X-Private-Chat";

    private readonly Rate<VisitorId> _rate = new(time, options.UploadsPerMinute, TimeSpan.FromMinutes(1));

    public void Map(IEndpointRouteBuilder routes)
    {
        // The reader counts while it reads and answers with a sentence, which the server's own limit does not.
        routes.MapPost("/api/images", UploadAsync).WithMetadata(new DisableRequestSizeLimitAttribute());
        routes.MapDelete("/api/images/{id}", DeleteAsync);
        routes.MapMethods("/img/{id}", [HttpMethods.Get, HttpMethods.Head], Show).WithMetadata(new PublicEndpoint());
        routes.MapMethods("/img/{id}/small", [HttpMethods.Get, HttpMethods.Head], ShowSmallAsync)
            .WithMetadata(new PublicEndpoint());
    }

    private async Task<IResult> UploadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var visitor = Visitors.Of(context.User);
        try
        {
            if (!_rate.TryTake(visitor, out var retryAfter))
                throw ImageRefusals.TooMany(options.UploadsPerMinute, retryAfter);
            using var upload = await reader.ReadAsync(context.Request, cancellationToken);
            ConversationId? passing =
                context.Request.Headers[PrivateHeader] is [{ } id] ? new ConversationId(id) : null;
            var (info, remark) = await store.AddAsync(visitor, passing, upload.Bytes, upload.Name, cancellationToken);
            metrics.Uploaded();
            return TypedResults.Created(
                $"/img/{info.Id}", new
                {
                    id = info.Id.Value,
                    width = info.Width,
                    height = info.Height,
                    name = info.Name,
                    contentHash = info.ContentHash,
                    remark = remark is null ? null : Words.Of(remark),
                });
        }
        catch (ImageRefusedException e)
        {
            return new Problem(e.Status, e.Fact, e.Logged, e.RetryAfter);
        }
    }

    private async Task<IResult> DeleteAsync(string id, HttpContext context, CancellationToken cancellationToken)
        => await store.DeleteAsync(Visitors.Of(context.User), new ImageId(id), cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    private IResult Show(string id, HttpContext context)
    {
        if (Visitors.Find(context.User) is not { } visitor || store.Open(visitor, new ImageId(id)) is not { } picture)
            return TypedResults.NotFound();
        Guard(context.Response, store.IsPrivate(visitor, new ImageId(id)));
        return TypedResults.Stream(
            picture.Bytes, picture.ContentType, entityTag: new EntityTagHeaderValue($"\"{picture.Hash}\""));
    }

    // Not of what leaves no trace: no list names it.
    private async Task<IResult> ShowSmallAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        if (Visitors.Find(context.User) is not { } visitor || store.IsPrivate(visitor, new ImageId(id))
            || await store.FindAsync(visitor, new ImageId(id), cancellationToken) is not { ContentHash: var hash }
            || await thumbnails.FindAsync(hash, cancellationToken) is not { } small) return TypedResults.NotFound();
        Guard(context.Response, isPrivate: false);
        return TypedResults.Bytes(
            small, "image/jpeg", entityTag: new EntityTagHeaderValue($"\"{hash}-{Thumbnails.Side}\""));
    }

    private static void Guard(HttpResponse response, bool isPrivate)
    {
        response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        // Kept by this browser only and asked about each time: a deleted picture, or another visitor, is noticed at
        // once.
        response.Headers.CacheControl = isPrivate ? "no-store" : "private, no-cache";
    }
}
