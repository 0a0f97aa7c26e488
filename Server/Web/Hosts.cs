using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Primitives;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// Refuses requests that name no host, one that cannot be, or one that <c>AllowedHosts</c> of the configuration does
/// not list: pages and links are made with the host that a request names.
/// </summary>
internal static class Hosts
{
    private const string Setting = "AllowedHosts";

    // What the framework's own filter reads as every host.
    private static readonly string[] Everybody = ["*", "[::]", "0.0.0.0"];

    /// <summary>Leaves the refusal to this program, which answers in its own words.</summary>
    public static void AddHosts(this IServiceCollection services)
        => services.Configure<HostFilteringOptions>(framework => framework.AllowedHosts = ["*"]);

    /// <summary>Behind routing.</summary>
    public static void UseHosts(this WebApplication app)
    {
        var names = Allowed(app.Configuration);
        app.Use((context, next) =>
        {
            var host = context.Request.Host;
            var isGood = host.HasValue
                ? IsAddress(context.Request.Scheme, host)
                    && (names.Count == 0 || HostString.MatchesAny(host.Value, names))
                : context.GetEndpoint()?.Metadata.GetMetadata<ProbeEndpoint>() is not null;
            if (isGood) return next(context);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
    }

    /// <summary>The hosts that requests may name, <c>*.example</c> for all below one; none where any is good.</summary>
    public static IList<StringSegment> Allowed(IConfiguration configuration)
    {
        var names = (configuration[Setting] ?? "").Split(
            ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Any(Everybody.Contains)) return [];
        return [.. names.Select(name => new StringSegment(new HostString(name).ToUriComponent()))];
    }

    private static bool IsAddress(string scheme, HostString host)
        => Uri.TryCreate($"{scheme}://{host.Value}/", UriKind.Absolute, out var address)
            && address is { UserInfo: "", PathAndQuery: "/", Fragment: "" };
}

/// <summary>Metadata of an endpoint for supervisors, some of which name no host. It makes no address of it.</summary>
public sealed class ProbeEndpoint;
