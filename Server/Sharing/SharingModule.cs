using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Sharing.Live;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Registers and routes this folder.</summary>
public static class SharingModule
{
    public static void AddSharing(this WebApplicationBuilder builder, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        if (options.PublicUrl is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
            throw new StartupException($"Molmo:PublicUrl is {address}, which is no address of a site. Write it as https://molmo.example.");
        if (options.EmbedAncestors.AsSpan().IndexOfAny(";,\r\n") >= 0)
            throw new StartupException($"Molmo:EmbedAncestors is \"{options.EmbedAncestors}\". Write the sites that may frame answers with spaces between them, or * for all, or 'none'.");
        var services = builder.Services;
        services.AddSingleton(OptionsReader.Read<ShareOptions>(builder.Configuration, ShareOptions.Section));
        services.AddSingleton<BlurredPictures>();
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

    public static void MapSharing(this WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        app.Use(app.Services.GetRequiredService<ShareGate>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<LiveApi>().GuardAsync);
        app.Services.GetRequiredService<ShareApi>().Map(app);
        app.Services.GetRequiredService<AnswerApi>().Map(app);
        app.Services.GetRequiredService<EmbedApi>().Map(app);
        app.Services.GetRequiredService<LiveApi>().Map(app);
    }
}
