using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Hosting;

/// <summary>For supervisors: <c>/health</c> while the process answers, <c>/ready</c> while questions can be answered.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", () => TypedResults.Ok(new { status = "ok" })).WithMetadata(new PublicEndpoint(), new ProbeEndpoint());
        routes.MapGet("/ready", async (IServiceProvider services, CancellationToken cancellationToken) =>
        {
            var status = services.GetService<IChatService>() is { } chat ? await chat.GetQueueStatusAsync(cancellationToken) : null;
            return status is { Ready: true }
                ? Results.Json(new { ready = true, running = status.Running, waiting = status.Waiting })
                : Results.Json(new { ready = false, message = status?.Message ?? "No model.", progress = status?.Progress }, statusCode: StatusCodes.Status503ServiceUnavailable);
        }).WithMetadata(new PublicEndpoint(), new ProbeEndpoint());
    }
}
