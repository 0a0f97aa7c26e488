using Molmo.Demo.Server.Audits;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Downloads of a visitor's own answers, without a link: <c>GET /answers/{id}.{format}</c>.</summary>
internal sealed class AnswerApi(
    Database database, IKeptAnswers stored, ExportWriter exports, MolmoOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
        => routes.MapMethods("/answers/{id}.{format}", [HttpMethods.Get, HttpMethods.Head], ExportAsync)
            .WithMetadata(new PublicEndpoint());

    private async Task<IResult> ExportAsync(
        string id, string format, string? photo, HttpContext context, CancellationToken cancellationToken)
    {
        // The route cuts at the last dot, a format has one of its own.
        var parts = $"{id}.{format}".Split('.', 2);
        if (Visitors.Find(context.User) is not { } visitor || !RandomId.IsWellFormed(parts[0]))
            return TypedResults.NotFound();
        if (await FindAsync(visitor, new GenerationId(parts[0]), cancellationToken) is not { } export)
            return TypedResults.NotFound();
        export = export with { Site = ShareApi.SiteOf(context.Request, options) };
        if (await exports.WriteAsync(export, parts[1], null, ShareApi.PhotoOf(photo), cancellationToken)
            is not { } file)
            return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "private, no-cache";
        return ShareApi.Download(file, context);
    }

    private async Task<Export?> FindAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
    {
        // The page shows an end a moment before it is stored.
        await stored.StoredAsync(id, cancellationToken);
        using var connection = database.Open();
        if (TurnCopy.Of(connection, visitor, id) is not { Turns.IsEmpty: false } copy) return null;
        var export = Export.Of(
            copy.CreatedAt, null, copy.Turns, copy.Pictures, OwnNames.Find(connection, visitor, id));
        return export with { Turns = [export.Turns[0] with { Rating = RatingStore.Find(connection, visitor, id) }] };
    }
}
