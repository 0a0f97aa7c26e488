using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Web;

/// <summary>What every response carries.</summary>
internal sealed class HeadersModule : IModule
{
    public void Map(WebApplication app, MolmoOptions options)
    {
        app.UseSecurityHeaders();
        app.UseRequestIds();
    }
}

/// <summary>The guards that every request passes.</summary>
internal sealed class GuardsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.WebHost.ConfigureKestrel(Limit);
        builder.Services.AddHosts();
        builder.AddSockets(options);
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.UseErrorPages();
        if (!app.Environment.IsDevelopment()) app.UseHsts();
        app.UseSameOrigin(options);
        app.UseCrossOrigin(options);
        app.UseRouting();
        app.UseHosts();
        app.UseBodies();
    }

    // Endpoints for pictures say that they have no body limit.
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 256 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
            bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}

/// <summary>The guards of what has visitors. Behind <see cref="GuardsModule"/>.</summary>
internal sealed class VisitorsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddVisitors();
        // Every visitor could fill the log with errors, stacks and all, by sending a cookie that is none.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        // It would allow this site to frame itself, beside a policy that allows nobody.
        builder.Services.AddAntiforgery(antiforgery => antiforgery.SuppressXFrameOptionsHeader = true);
        builder.Services.AddOptions<AntiforgeryOptions>().Configure<Database>(
            (antiforgery, database) => antiforgery.Cookie.Name = OwnCookies.Name(".AspNetCore.Antiforgery", database));
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.UseVisitors();
        app.UseSocketLimit();
        app.UseAntiforgery();
    }
}
