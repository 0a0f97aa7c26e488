using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Sharing;

/// <summary>A link in a frame on another site, and how such a site finds out about it (oEmbed 1.0).</summary>
internal sealed class EmbedApi(ShareStore shares, ShareApi api, MolmoOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/embed/{id}", [HttpMethods.Get, HttpMethods.Head], ShowAsync)
            .WithMetadata(new PublicEndpoint());
        routes.MapGet("/oembed", DescribeAsync).WithMetadata(new PublicEndpoint()).AnswersHead();
    }

    private async Task<IResult> ShowAsync(
        string id, int? turn, HttpContext context, CancellationToken cancellationToken)
    {
        if (await api.FindExportAsync(new ShareId(id), context.Request, cancellationToken) is not { } export)
            return TypedResults.NotFound();
        var shown = turn is { } number
            ? export.Turns.FirstOrDefault(one => one.Number == number)
            : export.MainTurn ?? export.Turns[0];
        if (shown is null) return TypedResults.NotFound();
        var (html, policy) = AnswerPage.WriteFrame(
            export, shown, shown.Picture is { } picture ? $"/s/{id}/photo/{picture.Number}" : null);
        context.Response.Headers.ContentSecurityPolicy = $"{policy}; frame-ancestors {options.EmbedAncestors}";
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }

    private async Task<IResult> DescribeAsync(
        string? url, string? format, int? maxwidth, int? maxheight, HttpContext context,
        CancellationToken cancellationToken)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        context.Response.Headers.CacheControl = "no-store";
        if (format is not (null or "json")) return TypedResults.StatusCode(StatusCodes.Status501NotImplemented);
        var site = ShareApi.SiteOf(context.Request, options);
        if (ReadId(url, site) is not { } id || shares.FindStanding(id) is not { IsLive: true } standing)
            return TypedResults.NotFound();
        if (standing.Passphrase is not null) return TypedResults.StatusCode(StatusCodes.Status401Unauthorized);
        if (await api.FindExportAsync(id, context.Request, cancellationToken) is not { } export
            || await shares.FindAsync(id, cancellationToken) is not { } shared)
            return TypedResults.NotFound();
        var size = EmbedFrame.Fit(
            export.MainTurn?.Picture is { } picture ? (picture.Width, picture.Height) : null, maxwidth, maxheight);
        var description = new Dictionary<string, object>
        {
            ["version"] = "1.0",
            ["type"] = "rich",
            ["title"] = export.Title,
            ["provider_name"] = "Molmo",
            ["provider_url"] = site,
            ["width"] = size.Width,
            ["height"] = size.Height,
            ["html"] = EmbedFrame.Code($"{site}/embed/{id}", export.Title, size),
        };
        if (shared.ShowsPhotoInPreview)
        {
            description["thumbnail_url"] = $"{site}/s/{id}/og.jpg";
            description["thumbnail_width"] = PreviewCard.Width;
            description["thumbnail_height"] = PreviewCard.Height;
        }
        return TypedResults.Json(description);
    }

    private static ShareId? ReadId(string? url, string site)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)
            || !string.Equals(address.GetLeftPart(UriPartial.Authority),
                new Uri(site).GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            return null;
        return address.AbsolutePath.Split('/') is ["", "s" or "embed", var id] ? new ShareId(id) : null;
    }
}
