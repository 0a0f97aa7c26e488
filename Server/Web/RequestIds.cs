namespace Molmo.Demo.Server.Web;

/// <summary>
/// Gives every request of a program an id, which is in its <c>x-request-id</c>, in refusals and in the log.
/// </summary>
internal static class RequestIds
{
    public const string Header = "x-request-id";

    public static void UseRequestIds(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (ProgramPaths.Include(context.Request.Path))
        {
            context.TraceIdentifier = $"req_{RandomId.New()}";
            context.Response.OnStarting(static state =>
            {
                var (response, id) = ((HttpResponse, string))state;
                response.Headers[Header] = id;
                return Task.CompletedTask;
            }, (context.Response, context.TraceIdentifier));
        }
        return next(context);
    });
}
