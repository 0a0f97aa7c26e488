using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Making and withdrawing links, and the pictures of a link. Its page is the client's <c>SharePage</c>.</summary>
internal sealed class ShareApi(ShareStore shares, SharePreviews previews, PictureFiles files, MolmoOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/shares", CreateAsync);
        routes.MapDelete("/api/shares/{id}", RevokeAsync);
        routes.MapMethods("/s/{id}/photo/{number}", [HttpMethods.Get, HttpMethods.Head], ShowPhoto).WithMetadata(new PublicEndpoint());
        routes.MapMethods("/s/{id}/og.jpg", [HttpMethods.Get, HttpMethods.Head], ShowPreviewAsync).WithMetadata(new PublicEndpoint());
    }

    private async Task<IResult> CreateAsync(CreateShare body, HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var id = await shares.CreateAsync(Visitors.Of(context.User), new ConversationId(body.Conversation ?? ""), cancellationToken);
            var site = options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{context.Request.Scheme}://{context.Request.Host}";
            var url = $"{site}/s/{id}";
            return TypedResults.Created(url, new { id = id.Value, url });
        }
        catch (ChatRefusedException e)
        {
            return new Problem(StatusOf(e.Fault), e.Message, retryAfter: e.RetryAfter);
        }
    }

    private async Task<Results<NoContent, NotFound>> RevokeAsync(string id, HttpContext context, CancellationToken cancellationToken)
        => await shares.RevokeAsync(Visitors.Of(context.User), new ShareId(id), cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();

    private IResult ShowPhoto(string id, string number, HttpContext context)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            || shares.FindPicture(new ShareId(id), n) is not { } picture || files.Open(picture.Hash) is not { } bytes)
            return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        return TypedResults.Stream(bytes, StoredFormat.ContentType(picture.Format));
    }

    private async Task<IResult> ShowPreviewAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        if (await previews.FindAsync(new ShareId(id), cancellationToken) is not { } preview) return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        return TypedResults.Bytes(preview, "image/jpeg");
    }

    private static int StatusOf(ChatFault fault) => fault switch
    {
        ChatFault.Unknown => StatusCodes.Status404NotFound,
        ChatFault.TooLong => StatusCodes.Status413PayloadTooLarge,
        ChatFault.VisitorLimit => StatusCodes.Status429TooManyRequests,
        ChatFault.Busy or ChatFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>Body of <c>POST /api/shares</c>.</summary>
    internal sealed record CreateShare(string? Conversation);
}
