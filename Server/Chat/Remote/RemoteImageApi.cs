using Microsoft.AspNetCore.Mvc;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary><c>HEAD</c> and <c>PUT /api/pictures/{sha256}</c> of an inference machine.</summary>
internal static class RemoteImageApi
{
    public static void MapRemoteImages(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/pictures/{hash}", [HttpMethods.Head], (string hash, ImageCache pictures)
            => pictures.Find(hash) is null ? Results.NotFound() : Results.Ok());
        routes.MapPut("/api/pictures/{hash}", PutAsync).WithMetadata(new DisableRequestSizeLimitAttribute());
    }

    private static async Task<IResult> PutAsync(string hash, HttpContext context, ImageCache pictures)
    {
        if (!ImageCache.IsHash(hash))
            return new Problem(StatusCodes.Status400BadRequest, new PictureAddressInvalid());
        if (context.Request.ContentLength is not { } length)
            return new Problem(StatusCodes.Status411LengthRequired, new PictureLengthMissing());
        if (length > ImageCache.MaxBytes)
            return new Problem(StatusCodes.Status413PayloadTooLarge, new PictureOverLimit());
        try
        {
            var bytes = new byte[length];
            await context.Request.Body.ReadExactlyAsync(bytes, context.RequestAborted);
            return await pictures.AddAsync(hash, bytes, context.RequestAborted)
                ? Results.NoContent()
                : new Problem(StatusCodes.Status422UnprocessableEntity, new PictureHashDiffers());
        }
        catch (ImageRefusedException e)
        {
            return new Problem(e.Status, e.Fact, e.Logged, e.RetryAfter);
        }
    }
}
