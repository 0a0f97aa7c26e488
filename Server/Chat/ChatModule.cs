using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Chat;

/// <summary>Registers and routes this folder.</summary>
public static class ChatModule
{
    public static void AddChat(this WebApplicationBuilder builder, MolmoOptions options)
    {
    }

    public static void MapChat(this WebApplication app, MolmoOptions options)
    {
    }
}
