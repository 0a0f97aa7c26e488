using Microsoft.AspNetCore.DataProtection;
using Molmo.Demo.Client;
using Molmo.Demo.Server.Storage;
using Radzen;

namespace Molmo.Demo.Server.Hosting;

/// <summary>Storage, visitors and pages: what every role of the web side shares.</summary>
public static class WebModule
{
    public static void AddWeb(this WebApplicationBuilder builder, MolmoOptions options)
    {
        var folder = new DataFolder(options.Data);
        builder.Services.AddSingleton(_ => folder);
        builder.Services.AddSingleton(new Database(folder));
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(folder.Keys)).SetApplicationName("Molmo.Demo");
        builder.Services.AddSingleton(TimeProvider.System);
        if (options.Role == ServerRole.Inference) return;
        builder.Services.AddVisitors();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddRadzenComponents();
    }

    /// <summary>What every request passes through before its endpoint.</summary>
    public static void UseWeb(this WebApplication app, MolmoOptions options)
    {
        // Resolved once so that the container ends the lock on the folder with the host.
        app.Services.GetRequiredService<DataFolder>();
        app.UseRouting();
        if (options.Role == ServerRole.Inference) return;
        app.UseVisitors();
        app.UseAntiforgery();
    }

    public static void MapWeb(this WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
