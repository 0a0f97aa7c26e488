using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Registers and routes this folder.</summary>
public static class SharingModule
{
    public static void AddSharing(this WebApplicationBuilder builder, MolmoOptions options)
    {
    }

    public static void MapSharing(this WebApplication app, MolmoOptions options)
    {
    }
}
