using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Web.Metrics;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// A refusal as <c>application/problem+json</c>: <c>detail</c> is the fact in the person's language, <c>code</c> its
/// name for programs; <c>reference</c> is also in the log beside what only the log may know.
/// </summary>
internal sealed class Problem(int status, Fact fact, string? logged = null, TimeSpan? retryAfter = null) : IResult
{
    private const int ReferenceLength = 8;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        if (ProgramPaths.Include(httpContext.Request.Path) && services.GetService<IProgramRefusals>() is { } programs)
        {
            await programs.Of(status, Words.Of(fact), retryAfter).ExecuteAsync(httpContext);
            return;
        }
        if (status >= StatusCodes.Status400BadRequest) services.GetService<MolmoMetrics>()?.Refused(status);
        var reference = RandomId.New()[..ReferenceLength];
        // Every visitor can be refused as often as it likes: only what is wrong here is for everybody's log.
        var level =
            status < StatusCodes.Status500InternalServerError || logged is null ? LogLevel.Debug : LogLevel.Information;
        services.GetRequiredService<ILogger<Problem>>()
            .Log(level, "{Reference}: {Status} {Method}, {Detail}", reference, status, httpContext.Request.Method,
                logged ?? fact.ToString());
        httpContext.Response.RetryAfter(retryAfter);
        httpContext.Response.Headers.CacheControl = "no-store";
        var extensions = new Dictionary<string, object?> { ["reference"] = reference, ["code"] = fact.Code };
        await Results.Problem(Words.Of(fact), statusCode: status, extensions: extensions).ExecuteAsync(httpContext);
    }
}

/// <summary>When trying again is worth while.</summary>
internal static class RetryHeader
{
    /// <summary>Says so in whole seconds, one at least; nothing where it is not known.</summary>
    public static void RetryAfter(this HttpResponse response, TimeSpan? wait)
    {
        if (wait is { } known)
            response.Headers.RetryAfter =
                Math.Max(1, Math.Ceiling(known.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
