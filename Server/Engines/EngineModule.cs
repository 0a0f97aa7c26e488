namespace Molmo.Demo.Server.Engines;

/// <summary>Registers the engines of this process.</summary>
internal sealed class EngineModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton(_ => ProgressLine.OnStandardError(TimeSpan.FromSeconds(10)));
        builder.Services.AddSingleton(_ => new Restart(ProcessRestart.Begin));
        builder.Services.AddSingleton<Func<MolmoOptions, IModelLoading>>(ModelLoading.For);
        builder.Services.AddSingleton(services => Hosts(services, options));
        builder.Services.AddSingleton(services => services.GetRequiredService<Checkpoints>().First);
        builder.Services.AddHostedService(services => services.GetRequiredService<Checkpoints>());
        builder.Services.AddSingleton<IServerInfo, ModelNotice>();
    }

    /// <summary>
    /// Begins to load the model while the rest is still put together: there is a second core. What is wrong with it is
    /// said where the server starts, which waits for the same task.
    /// </summary>
    public void Map(WebApplication app, MolmoOptions options)
        => _ = app.Services.GetRequiredService<Checkpoints>().StartAsync(CancellationToken.None);

    private static Checkpoints Hosts(IServiceProvider services, MolmoOptions options)
    {
        var choose = services.GetRequiredService<Func<MolmoOptions, IModelLoading>>();
        var loading = choose(options.ForFirst());
        var memory = loading.CreateMemory();
        var first = Host(options.ForFirst(), loading, null);
        // Both compute on the same device.
        return new Checkpoints(first, options.ForSecond() is { } second ? Host(second, choose(second), first) : null);

        EngineHost Host(MolmoOptions chosen, IModelLoading way, EngineHost? before) => new(
            chosen, services.GetRequiredService<ILogger<EngineHost>>(), services.GetService<TimeProvider>(),
            services.GetRequiredService<ProgressLine>(), memory, before, way, services.GetRequiredService<Restart>());
    }
}
