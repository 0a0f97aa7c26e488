namespace Molmo.Demo.Server.Sharing;

/// <summary>Under which address people reach this site.</summary>
internal static class SiteAddress
{
    /// <summary>Scheme and host: as configured, else as the request named them.</summary>
    public static string Of(HttpRequest request, MolmoOptions options)
        => options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{request.Scheme}://{request.Host}";
}
