using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>The route table as addresses to call, so that no route is forgotten by a test.</summary>
internal static class Routes
{
    /// <summary>Every method and route.</summary>
    public static IReadOnlyList<(string Method, RouteEndpoint Endpoint)> Of(MolmoApplication app)
        => [.. app.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(
                endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods
                    ? methods : ["GET"])
                    .Select(method => (method, endpoint)))];

    /// <summary>The route with each parameter filled in.</summary>
    public static string Address(RouteEndpoint endpoint, Func<string, string> valueOf)
        => "/" + string.Join('/',
            endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
            {
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => valueOf(parameter.Name),
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
                _ => throw new NotSupportedException(part.ToString()),
            }))));
}
