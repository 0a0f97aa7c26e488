namespace Molmo.Demo.Server.Hosting;

/// <summary>Registers the engines of this process.</summary>
public static class EngineModule
{
    public static void AddEngine(this WebApplicationBuilder builder, MolmoOptions options)
    {
        if (options.Role == ServerRole.Web) return;
        builder.Services.AddSingleton(_ => ProgressLine.OnStandardError(TimeSpan.FromSeconds(10)));
        builder.Services.AddSingleton(_ => new ModelMemory());
        builder.Services.AddSingleton(services => Host(services, options.ForFirst(), first: null));
        builder.Services.AddSingleton(services =>
        {
            var first = services.GetRequiredService<EngineHost>();
            return new Checkpoints(first, options.ForSecond() is { } second ? Host(services, second, first) : null);
        });
        builder.Services.AddHostedService(services => services.GetRequiredService<Checkpoints>());
    }

    private static EngineHost Host(IServiceProvider services, MolmoOptions options, EngineHost? first) => new(
        options, services.GetRequiredService<ILogger<EngineHost>>(), services.GetService<TimeProvider>(), services.GetRequiredService<ProgressLine>(),
        services.GetRequiredService<ModelMemory>(), first);
}
