using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// For supervisors: <c>/health</c> while the process answers, <c>/ready</c> while questions are taken, answered and
/// kept. It is degraded where answers go on but are not kept.
/// </summary>
internal sealed class Health : IModule
{
    public void Map(WebApplication app, MolmoOptions options)
    {
        app.MapGet("/health", () => Results.Json(new { status = "ok" }))
            .WithMetadata(new PublicEndpoint(), new ProbeEndpoint()).AnswersHead();
        app.MapGet("/ready", async (IServiceProvider services, CancellationToken cancellationToken) =>
        {
            if (services.GetService<GenerationService>()?.EndingFact is { } ending) return Unready(ending);
            var status = services.GetService<IChatService>() is { } chat
                ? await chat.GetQueueStatusAsync(cancellationToken) : null;
            if (status is not { Ready: true }) return Unready(status?.Fact ?? new NoModel(), status?.Progress);
            if (services.GetRequiredService<StorageHealth>().Trouble is { } trouble)
                return Results.Json(
                    new { ready = false, degraded = true, message = Words.Of(trouble), code = trouble.Code },
                    statusCode: StatusCodes.Status503ServiceUnavailable);
            // A web machine has none: the inference machine names its own.
            var model =
                services.GetService<EngineHost>() is { IsReady: true, Loaded.Result: { } loaded } ? loaded : null;
            return Results.Json(
                new
                {
                    ready = true,
                    running = status.Running,
                    waiting = status.Waiting,
                    device = model is null ? null : Words.Of(model.Device),
                    precision = model?.Precision
                });
        }).WithMetadata(new PublicEndpoint(), new ProbeEndpoint()).AnswersHead();
    }

    private static IResult Unready(Fact fact, ModelProgress? progress = null)
        => Results.Json(new { ready = false, message = Words.Of(fact), code = fact.Code, progress },
            statusCode: StatusCodes.Status503ServiceUnavailable);
}
