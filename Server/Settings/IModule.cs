namespace Molmo.Demo.Server.Settings;

/// <summary>A part of the server. Which parts a process has is its role's; a part asks for none.</summary>
internal interface IModule
{
    /// <summary>Registers its services.</summary>
    /// <exception cref="StartupException">It cannot be had; the message says why.</exception>
    void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
    }

    /// <summary>Takes its place in the way of a request, behind the parts before it, and adds its addresses.</summary>
    void Map(WebApplication app, MolmoOptions options)
    {
    }
}
