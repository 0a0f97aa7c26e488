using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Storage;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// What is answered where no endpoint answers: a plain page for people, a problem for programs. No stack, path or
/// library name.
/// </summary>
internal static class ErrorPages
{
    public static void UseErrorPages(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(failed => failed.Run(context =>
        {
            var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
            if (exception is SqliteException) return RefuseAsync(context, exception);
            var status =
                exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
            context.Response.StatusCode = status;
            return WriteAsync(context, status);
        }));
        app.UseStatusCodePages(pages => WriteAsync(pages.HttpContext, pages.HttpContext.Response.StatusCode));
    }

    /// <summary>A whole page that says one sentence, for one reader: both come in that reader's language.</summary>
    public static string Page(string title, string sentence) => $$"""
        <!DOCTYPE html>
        <html lang="{{Current.Code}}" dir="{{Current.Direction}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{WebUtility.HtmlEncode(title)}}</title>
        <style>
        :root{color-scheme:light dark}
        body{font:106.25%/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 1.5rem;
          background:light-dark(#faf8f5,#141219);color:light-dark(#1d1a24,#f3f0f7)}
        h1{font-size:1.75rem;letter-spacing:-.02em;line-height:1.2}
        h1::before{content:"";display:block;width:18px;height:18px;margin-block-end:1.5rem;margin-inline-start:5px;
          border-radius:50%;background:#ff4fa3;outline:1.5px solid #ff4fa3;outline-offset:3px}
        a{color:inherit}
        </style>
        </head>
        <body>
        <h1>{{WebUtility.HtmlEncode(title)}}</h1>
        <p>{{WebUtility.HtmlEncode(sentence)}}</p>
        <p><a href="/">{{WebUtility.HtmlEncode(T("Ask about a picture of your own"))}}</a></p>
        </body>
        </html>
        """;

    /// <summary>Answers with such a page.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Page(title, sentence), context.RequestAborted);
    }

    // Where a page or an address only reads, nobody expects the storage to fail. That is no fault of the program.
    private static Task RefuseAsync(HttpContext context, Exception exception)
    {
        context.RequestServices.GetRequiredService<StorageHealth>().Report(exception);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "60";
        return WriteAsync(context, StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task WriteAsync(HttpContext context, int status)
    {
        var (title, fact) = Text(status);
        if (!WantsPage(context.Request))
        {
            await new Problem(status, fact).ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(Page(title, Words.Of(fact)), context.RequestAborted);
    }

    private static bool WantsPage(HttpRequest request)
        => !request.Path.StartsWithSegments("/api") && !ProgramPaths.Include(request.Path)
            && !request.Path.StartsWithSegments("/hubs")
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static (string Title, Fact Fact) Text(int status) => status switch
    {
        StatusCodes.Status404NotFound => (T("Nothing here"), new NothingHere()),
        StatusCodes.Status405MethodNotAllowed => (T("Not possible"), new MethodNotAllowed()),
        StatusCodes.Status413PayloadTooLarge => (T("Too large"), new RequestTooLarge()),
        StatusCodes.Status503ServiceUnavailable => (T("Please try again in a minute"), new StorageSilent()),
        >= 500 => (T("Something went wrong"), new ServerFailed()),
        _ => (T("Not understood"), new RequestNotUnderstood()),
    };
}
