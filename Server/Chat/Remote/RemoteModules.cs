using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Answers from the inference machine.</summary>
internal sealed class RemoteAnswersModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        services.AddSingleton<RemoteLink>();
        services.AddHostedService(provider => provider.GetRequiredService<RemoteLink>());
        services.AddSingleton<RemoteImages>();
        services.AddSingleton<RemoteHub>();
        services.AddSingleton<IAnswerSource, RemoteAnswers>();
        services.AddSingleton<IServerInfo, RemoteNotice>();
    }
}

/// <summary>What pages say about a model elsewhere: what it says that it knows, and nothing of where it is.</summary>
/// <param name="options">How long chats are kept.</param>
/// <param name="hub">The machine; null where it has told nothing.</param>
internal sealed class RemoteNotice(MolmoOptions options, RemoteHub? hub = null) : IServerInfo
{
    public ServerInfo Current => new("Molmo", null) { KeepHours = options.KeepHours, Knows = hub?.Knows };
}

/// <summary>Lets web machines in and nobody else. Behind the guards, before what it guards.</summary>
internal sealed class InferenceGateModule : IModule
{
    private const string DefaultAddress = "http://localhost:5001";

    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        if (!HasAddress(builder.Configuration)) builder.WebHost.UseUrls(DefaultAddress);
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.UseInferenceGate(options);
        app.UseSocketLimit();
    }

    private static bool HasAddress(ConfigurationManager configuration)
        => ((string[])["urls", "http_ports", "https_ports"]).Any(key => !string.IsNullOrEmpty(configuration[key]))
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}

/// <summary>Questions that a web machine passes on, with the pictures that it sends.</summary>
internal sealed class PassedQuestionsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        // They have counted and kept the question already.
        services.AddSingleton(new AcceptPolicy(ActsForAll: true, int.MaxValue));
        services.AddSingleton<ImageCache>();
        services.AddHostedService<CacheSweep>();
        services.AddSingleton<IImageAccess>(provider => provider.GetRequiredService<ImageCache>());
        services.AddSignalR().AddHubOptions<ChatHub>(hub =>
        {
            // One trusted caller speaks for all visitors, and sends their earlier turns along.
            hub.MaximumReceiveMessageSize = 1 << 20;
            hub.MaximumParallelInvocationsPerClient = 16;
        });
    }

    public void Map(WebApplication app, MolmoOptions options) => app.MapRemoteImages();
}
