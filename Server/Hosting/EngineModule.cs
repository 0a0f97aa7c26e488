namespace Molmo.Demo.Server.Hosting;

/// <summary>Registers the engine of this process.</summary>
public static class EngineModule
{
    public static void AddEngine(this WebApplicationBuilder builder, MolmoOptions options)
    {
    }
}
