using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Registers and routes this folder.</summary>
public static class SharingModule
{
    public static void AddSharing(this WebApplicationBuilder builder, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        if (options.PublicUrl is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
            throw new StartupException($"Molmo:PublicUrl is {address}, which is no address of a site. Write it as https://molmo.example.");
        builder.Services.AddSingleton(OptionsReader.Read<ShareOptions>(builder.Configuration, ShareOptions.Section));
        builder.Services.AddSingleton<ShareStore>();
        builder.Services.AddSingleton<IShareService>(services => services.GetRequiredService<ShareStore>());
        builder.Services.AddSingleton<SharePreviews>();
        builder.Services.AddSingleton<ShareApi>();
    }

    public static void MapSharing(this WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        app.UseShareGate(app.Services.GetRequiredService<ShareStore>(), options);
        app.Services.GetRequiredService<ShareApi>().Map(app);
    }
}
