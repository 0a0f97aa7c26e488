namespace Molmo.Demo.Server.Hosting;

/// <summary>Registers the engine of this process.</summary>
public static class EngineModule
{
    public static void AddEngine(this WebApplicationBuilder builder, MolmoOptions options)
    {
        if (options.Role == ServerRole.Web) return;
        builder.Services.AddSingleton(_ => ProgressLine.OnStandardError(TimeSpan.FromSeconds(10)));
        builder.Services.AddSingleton<EngineHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EngineHost>());
    }
}
