using Microsoft.AspNetCore.Http.Features;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary><c>HEAD</c> and <c>PUT /api/pictures/{sha256}</c> of an inference machine.</summary>
internal static class PictureApi
{
    public static void MapPictures(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/pictures/{hash}", [HttpMethods.Head], (string hash, PictureCache pictures)
            => pictures.Find(hash) is null ? Results.NotFound() : Results.Ok());
        routes.MapPut("/api/pictures/{hash}", PutAsync);
    }

    private static async Task<IResult> PutAsync(string hash, HttpContext context, PictureCache pictures)
    {
        if (!PictureCache.IsHash(hash))
            return new Problem(StatusCodes.Status400BadRequest, "The address must end with the SHA-256 of the picture in lower-case hexadecimal.");
        if (context.Request.ContentLength is not { } length)
            return new Problem(StatusCodes.Status411LengthRequired, "The request must say how many bytes the picture has.");
        if (length > PictureCache.MaxBytes) return TooLarge();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = PictureCache.MaxBytes;
        try
        {
            var bytes = new byte[length];
            await context.Request.Body.ReadExactlyAsync(bytes, context.RequestAborted);
            return await pictures.AddAsync(hash, bytes, context.RequestAborted)
                ? Results.NoContent()
                : new Problem(StatusCodes.Status422UnprocessableEntity, "The bytes do not have this SHA-256; nothing was kept.");
        }
        catch (InvalidImageException e)
        {
            return e.Fault switch
            {
                ImageFault.TooLarge => TooLarge(),
                ImageFault.UnsupportedType => new Problem(StatusCodes.Status415UnsupportedMediaType, "The bytes are not a picture of a known type; nothing was kept.", e.Message),
                _ => new Problem(StatusCodes.Status422UnprocessableEntity, "The picture cannot be opened; nothing was kept.", e.Message),
            };
        }
        catch (Exception e) when (e is not BadHttpRequestException && StorageFault.Of(e) is not null)
        {
            return new Problem(StatusCodes.Status503ServiceUnavailable, "The storage of this machine is full or failing; nothing was kept.", e.Message, TimeSpan.FromMinutes(1));
        }
    }

    private static Problem TooLarge() => new(StatusCodes.Status413PayloadTooLarge, "The picture is larger than is taken; nothing was kept.");
}
