using Molmo.Demo.Server.Audits;
using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Chat.Replay;
using Molmo.Demo.Server.Comparison;
using Molmo.Demo.Server.Images;
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
            services.AddSingleton<IPictureAccess>(provider => provider.GetRequiredService<ImageStore>());
        }
        if (options.Role != ServerRole.Inference) services.AddHostedService<KeepingSweep>();
        if (options.Role == ServerRole.Web)
        {
            services.AddRemoteAnswers();
        }
        else
        {
            services.AddSingleton<QuestionPreparation>();
            services.AddSingleton<HostedCheckpoints>();
            services.AddSingleton<IAnsweringModel>(provider =>
            {
                var model = provider.GetRequiredService<HostedCheckpoints>();
                if (options.Replay is not { } folder) return model;
                return new ReplayModel(model, folder, provider.GetRequiredService<TimeProvider>());
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
    internal static void AddRemoteAnswers(this IServiceCollection services)
    {
        services.AddSingleton<RemoteLink>();
        services.AddHostedService(provider => provider.GetRequiredService<RemoteLink>());
        services.AddSingleton<RemotePictures>();
        services.AddSingleton<RemoteHub>();
        services.AddSingleton<IAnswerSource, RemoteAnswers>();
    }

    /// <summary>Pictures that web machines send.</summary>
    internal static void AddPictureCache(this IServiceCollection services)
    {
        services.AddSingleton<PictureCache>();
        services.AddHostedService<CacheSweep>();
        services.AddSingleton<IPictureAccess>(provider => provider.GetRequiredService<PictureCache>());
    }

    /// <summary>What every role shares; the source of answers and the access to pictures are registered beside it.</summary>
    internal static void AddChatCore(this IServiceCollection services, MolmoOptions options)
    {
        services.AddSingleton(AcceptPolicy.Of(options));
        services.AddSingleton<JournalTable>();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<MemoryChatStore>();
        if (options.Role == ServerRole.All) services.AddSingleton<IChatStore, ChatStores>();
        else services.AddSingleton<IChatStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton(provider => new PrivateChats(options.Role == ServerRole.All, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPrivateChats, PrivateChatPages>();
        services.AddSingleton(provider => new JournalWriter(
            provider.GetRequiredService<JournalTable>(), provider.GetRequiredService<StorageHealth>(),
            provider.GetRequiredService<ILogger<JournalWriter>>()));
        services.AddSingleton<IStoredAnswers>(provider => provider.GetRequiredService<JournalWriter>());
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
