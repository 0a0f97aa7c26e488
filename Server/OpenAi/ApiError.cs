using Microsoft.AspNetCore.WebUtilities;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Metrics;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// A refusal in the envelope that OpenAI clients read, with the members of RFC 9457 beside it:
/// <c>{"error":{"message","type","param","code"},"title","status","detail","request_id"}</c>.
/// </summary>
internal sealed class ApiError(ApiException refusal) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = refusal.Status;
        response.Headers.CacheControl = "no-store";
        response.RetryAfter(refusal.RetryAfter);
        if (refusal.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        httpContext.RequestServices.GetService<MolmoMetrics>()?.Refused(refusal.Status);
        // Refusals are as many as callers like, and what fails here has been logged where it failed.
        httpContext.RequestServices.GetRequiredService<ILogger<ApiError>>()
            .LogDebug("{Request}: {Status} {Method}, {Code}", httpContext.TraceIdentifier, refusal.Status,
                httpContext.Request.Method, refusal.Code);
        return response.WriteAsJsonAsync(Body(refusal, httpContext), OpenAiJson.Options, httpContext.RequestAborted);
    }

    /// <summary>The envelope, also for the middle of a stream.</summary>
    public static object Body(ApiException refusal, HttpContext context) => new
    {
        Error = new { refusal.Message, Type = TypeOf(refusal.Status), refusal.Param, refusal.Code },
        Title = ReasonPhrases.GetReasonPhrase(refusal.Status),
        refusal.Status,
        Detail = refusal.Message,
        RequestId = context.TraceIdentifier,
    };

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}

/// <summary>What is refused before it reaches this folder.</summary>
internal sealed class ProgramRefusals : IProgramRefusals
{
    public IResult Of(int status, string sentence, TimeSpan? retryAfter)
        => new ApiError(new ApiException(status, CodeOf(status), sentence, null, retryAfter));

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status403Forbidden => "other_site",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        >= 500 => "server_error",
        _ => "invalid_request",
    };
}
