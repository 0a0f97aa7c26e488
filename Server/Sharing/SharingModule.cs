using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Sharing.Live;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Registers and routes this folder.</summary>
internal sealed class SharingModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        services.AddSingleton(OptionsReader.Read<ShareOptions>(builder.Configuration, ShareOptions.Section));
        services.AddSingleton<BlurredImages>();
        services.AddSingleton<ShareViews>();
        services.AddSingleton<ShareStore>();
        services.AddSingleton<IShareService>(provider => provider.GetRequiredService<ShareStore>());
        services.AddHostedService<ShareUpkeep>();
        services.AddSingleton<ShareKeys>();
        services.AddSingleton<AttemptLimit>();
        services.AddSingleton<ShareGate>();
        services.AddSingleton<SharePreviews>();
        services.AddSingleton<ExportWriter>();
        services.AddSingleton<ShareApi>();
        services.AddSingleton<AnswerApi>();
        services.AddSingleton<EmbedApi>();
        services.AddSingleton<LiveStore>();
        services.AddSingleton<ILiveService, LiveService>();
        services.AddSingleton<LiveApi>();
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.Use(app.Services.GetRequiredService<ShareGate>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<LiveApi>().GuardAsync);
        app.Services.GetRequiredService<ShareApi>().Map(app);
        app.Services.GetRequiredService<AnswerApi>().Map(app);
        app.Services.GetRequiredService<EmbedApi>().Map(app);
        app.Services.GetRequiredService<LiveApi>().Map(app);
    }
}
