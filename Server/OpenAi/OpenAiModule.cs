using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>Registers and routes this folder.</summary>
internal sealed class OpenAiModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        services.AddSingleton<IProgramRefusals, ProgramRefusals>();
        services.AddSingleton<Callers>();
        services.AddSingleton<PassingQuestions>();
        services.AddSingleton<StoredReplies>();
        services.AddSingleton<Asking>();
        services.AddSingleton<Runs>();
        services.AddSingleton<CompletionStream>();
        services.AddSingleton<OpenAiApi>();
        services.AddHostedService<ProgramSweep>();
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        var routes = app.MapGroup("").WithMetadata(new PublicEndpoint());
        app.Services.GetRequiredService<OpenAiApi>().Map(routes);
        routes.MapGet("/openapi.json", () => Results.Stream(
            typeof(OpenAiModule).Assembly.GetManifestResourceStream("openapi.json")!, "application/json"))
            .AnswersHead();
    }

    /// <summary>
    /// Before the first request: what an earlier process was asked in passing goes, and replies whose day is over.
    /// </summary>
    private sealed class ProgramSweep(PassingQuestions passing, StoredReplies replies) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            replies.Prune();
            return passing.SweepAsync();
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
