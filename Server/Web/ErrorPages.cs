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

    /// <summary>Answers with a page that says one sentence.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        var isFrame = context.Request.Path.StartsWithSegments("/embed");
        var way = isFrame
            ? "" : $"\n<p><a class=\"button\" href=\"/\">{PlainPage.Encode(T("Ask your own photo"))}</a></p>";
        return context.Response.WriteAsync(
            PlainPage.Write(title, $"<p>{PlainPage.Encode(sentence)}</p>{way}", isFrame), context.RequestAborted);
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
        await WriteAsync(context, status, title, Words.Of(fact));
    }

    private static bool WantsPage(HttpRequest request)
        => !request.Path.StartsWithSegments("/api") && !ProgramPaths.Include(request.Path)
            && !request.Path.StartsWithSegments("/hubs")
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static (string Title, Fact Fact) Text(int status) => status switch
    {
        StatusCodes.Status404NotFound => (T("Page not found"), new NothingHere()),
        StatusCodes.Status405MethodNotAllowed => (T("Not possible"), new MethodNotAllowed()),
        StatusCodes.Status413PayloadTooLarge => (T("Too large"), new RequestTooLarge()),
        StatusCodes.Status503ServiceUnavailable => (T("Please try again in a minute"), new StorageSilent()),
        >= 500 => (T("Something went wrong"), new ServerFailed()),
        _ => (T("Not understood"), new RequestNotUnderstood()),
    };
}
