using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Molmo.Demo.Client;
using Molmo.Demo.Server.Models;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Sockets;
using Radzen;

namespace Molmo.Demo.Server.Hosting;

/// <summary>Storage, visitors, pages and the guards around them: what every role of the web side shares.</summary>
public static class WebModule
{
    public static void AddWeb(this WebApplicationBuilder builder, MolmoOptions options)
    {
        var folder = new DataFolder(options.Data);
        builder.Services.AddSingleton(_ => folder);
        var (database, remark) = DataStart.Open(folder, options);
        builder.Services.AddSingleton(_ => database);
        builder.Services.AddSingleton<StorageHealth>();
        builder.Services.AddSingleton<PictureFiles>();
        builder.Services.AddHostedService<StorageProbe>();
        builder.Services.AddHostedService<DatabaseCheck>();
        builder.Services.AddHostedService(services => new DataStart.Notice(remark, services.GetRequiredService<ILogger<DataStart.Notice>>()));
        builder.Services.AddSingleton(TimeProvider.System);
        KeyFiles.SetAsideDamaged(folder.Keys);
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(folder.Keys)).SetApplicationName("Molmo.Demo");
        builder.WebHost.ConfigureKestrel(Limit);
        // After a build, unlike after a publish, scripts and styles would be read anew for each request and packed without being
        // made smaller, in case somebody is editing them.
        if (!builder.Environment.IsDevelopment())
            builder.WebHost.UseSetting("ReloadStaticAssetsAtRuntime", bool.FalseString);
        builder.Services.AddHosts();
        builder.AddSockets(options);
        builder.AddMetrics();
        if (options.Role == ServerRole.Inference) return;
        builder.Services.AddVisitors();
        // Every visitor could fill the log with errors, stacks and all, by sending a cookie that is none.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        // It would allow this site to frame itself, beside a policy that allows nobody.
        builder.Services.AddAntiforgery(antiforgery => antiforgery.SuppressXFrameOptionsHeader = true);
        builder.Services.AddLocalization();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(
            circuits => circuits.DetailedErrors = builder.Environment.IsDevelopment());
        builder.Services.AddRadzenComponents();
        builder.Services.AddSingleton<IServerInfo, ModelNotice>();
    }

    /// <summary>What every request passes through before its endpoint.</summary>
    public static void UseWeb(this WebApplication app, MolmoOptions options)
    {
        // Resolved once so that the container closes them with the host: first the database, then the lock on its folder.
        app.Services.GetRequiredService<DataFolder>();
        app.Services.GetRequiredService<Database>();
        app.UseSecurityHeaders();
        app.UseRequestIds();
        // Before what writes pages of its own: they speak the language, too.
        if (options.Role != ServerRole.Inference) app.UseLanguages();
        app.UseErrorPages();
        if (!app.Environment.IsDevelopment()) app.UseHsts();
        app.UseSameOrigin(options);
        app.UseCrossOrigin(options);
        app.UseRouting();
        app.UseHosts();
        app.UseBodies();
        if (options.Role == ServerRole.Inference) return;
        app.UseVisitors();
        app.UseSocketLimit();
        app.UseAntiforgery();
    }

    public static void MapWeb(this WebApplication app, MolmoOptions options)
    {
        app.MapHealth();
        app.MapMetrics(options);
        if (options.Role == ServerRole.Inference) return;
        app.MapLanguages();
        app.MapStaticAssets();
        // Compressed frames beside a secret are safe only where nobody can frame the page: SecurityHeaders forbids it.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null);
    }

    // Endpoints for pictures say that they have no body limit.
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 256 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
