using Microsoft.AspNetCore.WebUtilities;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Chat;

/// <summary>What pages do with conversations that leave no trace.</summary>
internal sealed class PrivateChatPages(PrivateChats chats, ImageStore images) : IPrivateChats
{
    public bool IsOffered => chats.IsOffered;

    public IDisposable? Hold(VisitorId visitor, ConversationId id) => chats.Hold(visitor, id);

    public Task<ImageInfo?> TakeSampleAsync(
        VisitorId visitor, ConversationId id, string file, CancellationToken cancellationToken)
        => images.TakeSampleAsync(visitor, id, file, cancellationToken);
}

/// <summary>The way into a conversation without trace.</summary>
internal static class PrivateChatRoutes
{
    /// <summary>
    /// <c>/private</c> begins one and goes to its page: a link, so that it works before a page has its circuit, and a
    /// reload finds the same one; what else is in its address goes along. <c>/private/{id}/end</c> ends it.
    /// </summary>
    public static void MapPrivateChats(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/private", (HttpContext context, PrivateChats chats, string? sample, string? kiosk) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            var begun = QueryHelpers.AddQueryString($"/c/{chats.Begin(Visitors.Of(context.User))}", "private", "1");
            if (sample is not null) begun = QueryHelpers.AddQueryString(begun, "sample", sample);
            if (kiosk is not null) begun = QueryHelpers.AddQueryString(begun, "kiosk", kiosk);
            return TypedResults.LocalRedirect(begun);
        });
        routes.MapPost("/private/{id}/end", IResult (string id, HttpContext context, PrivateChats chats) =>
        {
            var conversation = new ConversationId(id);
            if (chats.OwnerOf(conversation) != Visitors.Of(context.User)) return TypedResults.NotFound();
            chats.End(conversation);
            return TypedResults.LocalRedirect("/");
        });
    }
}
