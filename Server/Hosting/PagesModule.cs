using Molmo.Demo.Client;
using Molmo.Demo.Client.Layout;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Files;
using MudBlazor.Services;

namespace Molmo.Demo.Server.Hosting;

/// <summary>The client's pages with their scripts and styles.</summary>
internal sealed class PagesModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        // After a build, unlike after a publish, scripts and styles would be read anew for each request and packed
        // without being made smaller, in case somebody is editing them.
        if (!builder.Environment.IsDevelopment())
            builder.WebHost.UseSetting("ReloadStaticAssetsAtRuntime", bool.FalseString);
        builder.Services.AddLocalization();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(
            circuits => circuits.DetailedErrors = builder.Environment.IsDevelopment());
        builder.Services.AddMudServices(MolmoTheme.Configure);
        builder.Services.AddPageCompression();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<IPageRequest, PageRequest>();
        builder.Services.AddSingleton<PageFiles>();
        builder.Services.AddSingleton<IPageFiles>(services => services.GetRequiredService<PageFiles>());
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.UsePageCompression();
        app.MapStaticAssets();
        app.Services.GetRequiredService<PageFiles>().Map(app);
        // Compressed frames beside a secret are safe only where nobody can frame the page: SecurityHeaders forbids it.
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null)
            .AnswersHead();
    }
}
