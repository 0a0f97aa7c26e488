using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Images;

/// <summary>Registers and routes this folder.</summary>
public static class ImagesModule
{
    public static void AddImages(this WebApplicationBuilder builder, MolmoOptions options)
    {
    }

    public static void MapImages(this WebApplication app, MolmoOptions options)
    {
    }
}
