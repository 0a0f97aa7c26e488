using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Making and withdrawing links, and the pictures and files of a link. Its page is the client's <c>SharePage</c>.
/// </summary>
internal sealed class ShareApi(
    ShareStore shares, SharePreviews previews, ImageFiles files, ExportWriter exports, ShareKeys keys,
    AttemptLimit attempts, MolmoOptions options)
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/shares", CreateAsync);
        routes.MapDelete("/api/shares/{id}", RevokeAsync);
        routes.MapMethods("/s/{id}/photo/{number}", Reading, ShowPhoto).WithMetadata(new PublicEndpoint());
        routes.MapMethods("/s/{id}/og.jpg", Reading, ShowPreviewAsync).WithMetadata(new PublicEndpoint());
        routes.MapMethods("/s/{id}.{format}", Reading, ExportAsync).WithMetadata(new PublicEndpoint());
        routes.MapPost("/s/{id}/unlock", UnlockAsync).WithMetadata(new PublicEndpoint());
    }

    private async Task<IResult> CreateAsync(CreateShare body, HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var choice = new ShareChoice(body.Lifetime, body.Passphrase, body.PhotoInPreview ?? true,
                body.Blurred?.Select(box => box.ToBox()).ToImmutableArray());
            var id = await shares.CreateAsync(
                Visitors.Of(context.User), new ConversationId(body.Conversation ?? ""), choice, cancellationToken);
            var url = $"{SiteOf(context.Request, options)}/s/{id}";
            return TypedResults.Created(url, new { id = id.Value, url });
        }
        catch (ChatRefusedException e)
        {
            return new Problem(StatusOf(e.Fault), e.Fact, retryAfter: e.RetryAfter);
        }
    }

    private async Task<Results<NoContent, NotFound>> RevokeAsync(
        string id, HttpContext context, CancellationToken cancellationToken)
        => await shares.RevokeAsync(Visitors.Of(context.User), new ShareId(id), cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    private IResult ShowPhoto(string id, string number, HttpContext context)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            || shares.FindImage(new ShareId(id), n) is not { } picture || files.Open(picture.Hash) is not { } bytes)
            return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        return TypedResults.Stream(bytes, StoredForm.ContentType(picture.Format));
    }

    private async Task<IResult> ShowPreviewAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        if (await previews.FindAsync(new ShareId(id), cancellationToken) is not { } preview)
            return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        return TypedResults.Bytes(preview, "image/jpeg");
    }

    private async Task<IResult> ExportAsync(
        string id, string format, int? turn, string? photo, HttpContext context, CancellationToken cancellationToken)
    {
        // The route cuts at the last dot, a format has one of its own.
        var parts = $"{id}.{format}".Split('.', 2);
        if (await FindExportAsync(new ShareId(parts[0]), context.Request, cancellationToken) is not { } export
            || await exports.WriteAsync(export, parts[1], turn, PhotoOf(photo), cancellationToken) is not { } file)
            return TypedResults.NotFound();
        return Download(file, context);
    }

    /// <summary>A link as what is exported; null where it is not live.</summary>
    internal async Task<Export?> FindExportAsync(ShareId id, HttpRequest request, CancellationToken cancellationToken)
    {
        if (await shares.FindAsync(id, cancellationToken) is not { } shared) return null;
        var count = shared.Turns.Max(turn => turn.Picture) ?? 0;
        var pictures = Enumerable.Range(1, count)
            .Select(number => shares.FindImage(id, number)).OfType<SharedImage>().ToImmutableArray();
        return pictures.Length == count
            ? Export.Of(shared.CreatedAt, $"{SiteOf(request, options)}/s/{id}", shared.Turns, pictures) with
            {
                Site = SiteOf(request, options),
            }
            : null;
    }

    private async Task<IResult> UnlockAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var share = new ShareId(id);
        if (shares.FindStanding(share) is not { IsLive: true } standing) return TypedResults.NotFound();
        if (standing.Passphrase is not { } stored) return TypedResults.Redirect($"/s/{id}");
        var words = context.Request.HasFormContentType
            ? (await context.Request.ReadFormAsync(cancellationToken))[PassphraseForm.Field].ToString() : "";
        if (!attempts.TryTake(share.Value, out var retryAfter))
        {
            context.Response.RetryAfter(retryAfter);
            await PassphraseForm.WriteAsync(context, share, StatusCodes.Status429TooManyRequests,
                T("That was too often. Wait a few minutes, then try again."));
            return TypedResults.Empty;
        }
        if (!Passphrase.IsWithinLimits(words)
            || !await Task.Run(() => Passphrase.Matches(words, stored), cancellationToken))
        {
            await PassphraseForm.WriteAsync(context, share, StatusCodes.Status401Unauthorized,
                T("Wrong passphrase. Check capital letters and try again."));
            return TypedResults.Empty;
        }
        attempts.Clear(share.Value);
        keys.Give(context, share, stored);
        // See other: the page is asked for with GET, and going back does not send the words again.
        context.Response.Headers.Location = $"/s/{id}";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>
    /// Scheme and host under which people reach this site: as configured, else as the request named them.
    /// </summary>
    internal static string SiteOf(HttpRequest request, MolmoOptions options)
        => options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{request.Scheme}://{request.Host}";

    /// <summary>A file to keep and not a page to open.</summary>
    internal static IResult Download(ExportFile file, HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DataOnly;
        context.Response.Headers.ContentDisposition =
            new ContentDispositionHeaderValue("attachment") { FileName = file.Name }.ToString();
        return TypedResults.Bytes(file.Bytes, file.ContentType);
    }

    /// <summary>The word of an address for what lies under the dots.</summary>
    internal static SvgPhoto PhotoOf(string? word) => word switch
    {
        "none" => SvgPhoto.None,
        "link" => SvgPhoto.Linked,
        _ => SvgPhoto.Embedded,
    };

    internal static int StatusOf(ChatFault fault) => fault switch
    {
        ChatFault.Unknown => StatusCodes.Status404NotFound,
        ChatFault.TooLong => StatusCodes.Status413PayloadTooLarge,
        ChatFault.VisitorLimit => StatusCodes.Status429TooManyRequests,
        ChatFault.Busy or ChatFault.Restarting or ChatFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>Body of <c>POST /api/shares</c>.</summary>
    internal sealed record CreateShare(
        string? Conversation,
        [property: JsonConverter(typeof(JsonStringEnumConverter<ShareLifetime>))] ShareLifetime? Lifetime,
        string? Passphrase, bool? PhotoInPreview, CreateBlur[]? Blurred);

    /// <summary>A part to blur, in percent of the picture.</summary>
    internal sealed record CreateBlur(string? Image, double X, double Y, double Width, double Height)
    {
        public BlurBox ToBox() => new(new ImageId(Image ?? ""), X, Y, Width, Height);
    }
}
