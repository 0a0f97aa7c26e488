using Microsoft.AspNetCore.Components.Endpoints;
using Molmo.Demo.Client.Layout;

namespace Molmo.Demo.Server.Hosting;

/// <summary>Reads it from the request that is being answered.</summary>
internal sealed class PageRequest(IHttpContextAccessor accessor) : IPageRequest
{
    public Type? Page => accessor.HttpContext?.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;

    // The drawer's script writes the cookie.
    public bool IsDrawerClosed => accessor.HttpContext?.Request.Cookies["molmo.drawer"] == "closed";
}
