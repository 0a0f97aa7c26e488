using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;

namespace Molmo.Demo.Server.Web.Files;

/// <summary>
/// Sends pages compressed where a person or this site asked for them. A page may carry a secret beside words from its
/// address, and the length of both compressed together tells about the secret to whoever chooses the words (BREACH);
/// what another site asks for is therefore sent as it is.
/// </summary>
internal static class PageCompression
{
    public static void AddPageCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html"];
        });
        // A page is made for one reader, so it is packed while that one waits.
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Optimal);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Optimal);
    }

    /// <summary>Behind routing, before what answers.</summary>
    public static void UsePageCompression(this IApplicationBuilder app)
        => app.UseWhen(static context => IsOwn(context.Request), static own => own.UseResponseCompression());

    // Browsers say it wherever a connection is private. A program that says nothing gets the page as it is.
    private static bool IsOwn(HttpRequest request)
        => request.Headers["Sec-Fetch-Site"].ToString() is "none" or "same-origin";
}
