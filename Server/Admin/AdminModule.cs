using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Server.Admin;

/// <summary>Registers and routes this folder. The page itself is the client's <c>AdminPage</c>.</summary>
public static class AdminModule
{
    /// <summary>Where the page is.</summary>
    internal const string Path = "/admin";

    public static void AddAdmin(this WebApplicationBuilder builder, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<AdminSession>();
        builder.Services.AddSingleton<AdminGate>();
        builder.Services.AddSingleton<IAdminDesk, AdminDesk>();
    }

    public static void MapAdmin(this WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference) return;
        app.Use(app.Services.GetRequiredService<AdminGate>().InvokeAsync);
    }
}
