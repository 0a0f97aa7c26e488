using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Downloads of a visitor's own answers, without a link: <c>GET /answers/{id}.{format}</c>.</summary>
internal sealed class AnswerApi(Database database, ExportWriter exports)
{
    public void Map(IEndpointRouteBuilder routes)
        => routes.MapMethods("/answers/{id}.{format}", [HttpMethods.Get, HttpMethods.Head], ExportAsync).WithMetadata(new PublicEndpoint());

    private async Task<IResult> ExportAsync(string id, string format, string? photo, HttpContext context, CancellationToken cancellationToken)
    {
        // The route cuts at the last dot, a format has one of its own.
        var parts = $"{id}.{format}".Split('.', 2);
        if (Visitors.Find(context.User) is not { } visitor || !RandomId.IsWellFormed(parts[0])) return TypedResults.NotFound();
        TurnCopy copy;
        using (var connection = database.Open()) copy = TurnCopy.Of(connection, visitor, new GenerationId(parts[0]));
        if (copy.Turns.IsEmpty) return TypedResults.NotFound();
        var export = Export.Of(copy.CreatedAt, null, copy.Turns, copy.Pictures);
        if (await exports.WriteAsync(export, parts[1], null, ShareApi.PhotoOf(photo), cancellationToken) is not { } file) return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "private, no-cache";
        return ShareApi.Download(file, context);
    }
}
