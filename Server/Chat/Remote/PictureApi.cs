using Microsoft.AspNetCore.Http.Features;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary><c>HEAD</c> and <c>PUT /api/pictures/{sha256}</c> of an inference machine.</summary>
internal static class PictureApi
{
    public static void MapPictures(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/pictures/{hash}", [HttpMethods.Head], (string hash, PictureCache pictures)
            => pictures.Contains(hash) ? Results.Ok() : Results.NotFound());
        routes.MapPut("/api/pictures/{hash}", PutAsync);
    }

    private static async Task<IResult> PutAsync(string hash, HttpContext context, PictureCache pictures)
    {
        if (!PictureCache.IsHash(hash))
            return Problem(StatusCodes.Status400BadRequest, "The address must end with the SHA-256 of the picture in lower-case hexadecimal.");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = PictureCache.MaxBytes;
        try
        {
            return await pictures.AddAsync(hash, context.Request.Body, context.RequestAborted)
                ? Results.NoContent()
                : Problem(StatusCodes.Status422UnprocessableEntity, "The bytes do not have this SHA-256; nothing was kept.");
        }
        catch (InvalidImageException e)
        {
            return e.Fault switch
            {
                ImageFault.TooLarge => Problem(StatusCodes.Status413PayloadTooLarge, "The picture has more pixels than are taken; nothing was kept."),
                ImageFault.UnsupportedType => Problem(StatusCodes.Status415UnsupportedMediaType, "The bytes are not a picture of a known type; nothing was kept."),
                _ => Problem(StatusCodes.Status422UnprocessableEntity, "The picture cannot be opened; nothing was kept."),
            };
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problem(StatusCodes.Status413PayloadTooLarge, "The picture has more bytes than are taken; nothing was kept.");
        }
    }

    private static IResult Problem(int status, string detail) => Results.Problem(statusCode: status, detail: detail);
}
