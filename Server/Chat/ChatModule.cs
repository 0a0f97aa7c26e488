using Molmo.Demo.Server.Audits;
using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Chat.Replay;
using Molmo.Demo.Server.Comparison;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Models;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web.Sockets;
using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Chat;

/// <summary>Registers and routes this folder.</summary>
public static class ChatModule
{
    private const string InferenceAddress = "http://localhost:5001";

    public static void AddChat(this WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        services.AddChatCore(options);
        if (options.Role == ServerRole.Inference)
        {
            services.AddPictureCache();
            if (!HasAddress(builder.Configuration)) builder.WebHost.UseUrls(InferenceAddress);
        }
        else
        {
            services.AddSingleton(provider =>
            {
                var store = provider.GetRequiredService<ImageStore>();
                return new PictureAccess(store.FindAsync, (visitor, image, cancellationToken) => store.LoadAsync(visitor, image.Id, cancellationToken));
            });
        }
        if (options.Role != ServerRole.Inference) services.AddHostedService<KeepingSweep>();
        if (options.Role == ServerRole.Web)
        {
            services.AddRemoteAnswers(provider => provider.GetRequiredService<ImageStore>().ReadStoredAsync);
        }
        else
        {
            services.AddSingleton(provider =>
            {
                var model = new QuestionPreparation(provider.GetRequiredService<Checkpoints>(), provider.GetRequiredService<PictureAccess>()).Model;
                return options.Replay is { } folder ? new ReplayModel(model, folder, provider.GetRequiredService<TimeProvider>()).Model : model;
            });
            services.AddSingleton<IAnswerSource, EngineAnswers>();
        }
    }

    public static void MapChat(this WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference)
        {
            app.UseInferenceGate(options);
            app.UseSocketLimit();
            app.MapPictures();
        }
        if (options.Role == ServerRole.All) app.MapPrivateChats();
        app.MapHub<ChatHub>("/hubs/chat");
    }

    /// <summary>Answers from the inference machine.</summary>
    internal static void AddRemoteAnswers(this IServiceCollection services, Func<IServiceProvider, Func<string, CancellationToken, Task<byte[]?>>> readPicture)
    {
        services.AddSingleton<RemoteLink>();
        services.AddHostedService(provider => provider.GetRequiredService<RemoteLink>());
        services.AddSingleton(provider => new RemotePictures(provider.GetRequiredService<MolmoOptions>(), readPicture(provider)));
        services.AddSingleton<RemoteChatService>();
        services.AddSingleton<IAnswerSource, RemoteAnswers>();
    }

    /// <summary>Pictures that web machines send.</summary>
    internal static void AddPictureCache(this IServiceCollection services)
    {
        services.AddSingleton<PictureCache>();
        services.AddHostedService<CacheSweep>();
        services.AddSingleton(provider =>
        {
            var cache = provider.GetRequiredService<PictureCache>();
            return new PictureAccess((_, id, _) => Task.FromResult(cache.Find(id.Value)), (_, image, cancellationToken) => cache.LoadAsync(image.ContentHash, cancellationToken));
        });
    }

    /// <summary>What every role shares; the source of answers and the access to pictures are registered beside it.</summary>
    internal static void AddChatCore(this IServiceCollection services, MolmoOptions options)
    {
        services.AddSingleton<ChatStore>();
        services.AddSingleton(provider => new PrivateChats(options.Role == ServerRole.All, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPrivateChats, PrivateChatPages>();
        services.AddSingleton(provider => new JournalWriter(
            provider.GetRequiredService<ChatStore>(), provider.GetRequiredService<StorageHealth>(), provider.GetRequiredService<ILogger<JournalWriter>>()));
        services.AddSingleton<IAnswerKeeping>(provider => provider.GetRequiredService<JournalWriter>());
        services.AddSingleton<Intake>();
        services.AddSingleton<GenerationService>();
        services.AddSingleton<IChatService>(provider => provider.GetRequiredService<GenerationService>());
        services.AddSingleton<IAnswerTexts>(provider => provider.GetRequiredService<GenerationService>());
        services.AddSingleton<IVoteStore, VoteStore>();
        services.AddSingleton<IAuditStore, AuditStore>();
        services.AddSingleton<ConversationLibrary>();
        services.AddSingleton<IConversationStore>(provider => provider.GetRequiredService<ConversationLibrary>());
        services.AddSingleton<ChatLifetime>();
        services.AddHostedService(provider => provider.GetRequiredService<ChatLifetime>());
        services.AddSingleton<IHostLifetime, DrainingLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + 15));
        services.AddSignalR().AddHubOptions<ChatHub>(hub =>
        {
            hub.EnableDetailedErrors = false;
            hub.KeepAliveInterval = TimeSpan.FromSeconds(5);
            if (options.Role != ServerRole.Inference) return;
            // One trusted caller speaks for all visitors, and sends their earlier turns along.
            hub.MaximumReceiveMessageSize = 1 << 20;
            hub.MaximumParallelInvocationsPerClient = 16;
        });
    }

    private static bool HasAddress(ConfigurationManager configuration)
        => ((string[])["urls", "http_ports", "https_ports"]).Any(key => !string.IsNullOrEmpty(configuration[key]))
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
