using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Server.Admin;

/// <summary>Registers and routes this folder. The page itself is the client's <c>AdminPage</c>.</summary>
internal sealed class AdminModule : IModule
{
    /// <summary>Where the page is.</summary>
    internal const string Path = "/admin";

    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<AdminSession>();
        builder.Services.AddSingleton<AdminGate>();
        builder.Services.AddSingleton<IAdminDesk, AdminDesk>();
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.Use(app.Services.GetRequiredService<AdminGate>().InvokeAsync);
    }
}
