using Molmo.Demo.Server.Audits;
using Molmo.Demo.Server.Chat.Replay;
using Molmo.Demo.Server.Comparison;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Questions and answers, whoever writes them: the source of answers and the access to pictures are modules beside it.
/// </summary>
internal sealed class ChatModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        services.AddSingleton<JournalTable>();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<IChatStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<MemoryChatStore>();
        services.AddSingleton<PrivateChats>();
        services.AddSingleton<IPrivateChats, PrivateChatPages>();
        services.AddSingleton(provider => new JournalWriter(
            provider.GetRequiredService<JournalTable>(), provider.GetRequiredService<StorageHealth>(),
            provider.GetRequiredService<ILogger<JournalWriter>>()));
        services.AddSingleton<IKeptAnswers>(provider => provider.GetRequiredService<JournalWriter>());
        services.AddSingleton<IAnswerKeeping>(provider => provider.GetRequiredService<JournalWriter>());
        services.AddSingleton<Intake>();
        services.AddSingleton<ConversationChanges>();
        services.AddSingleton<IConversationChanges>(provider => provider.GetRequiredService<ConversationChanges>());
        services.AddSingleton<Looks>();
        services.AddSingleton<GenerationService>();
        services.AddSingleton<IChatService>(provider => provider.GetRequiredService<GenerationService>());
        services.AddSingleton<IAnswerTexts>(provider => provider.GetRequiredService<GenerationService>());
        services.AddSingleton<IVoteStore, VoteStore>();
        services.AddSingleton<IAuditStore, AuditStore>();
        services.AddSingleton<IRatingStore, RatingStore>();
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
        });
    }

    public void Map(WebApplication app, MolmoOptions options) => app.MapHub<ChatHub>("/hubs/chat");
}

/// <summary>Conversations that are kept here for visitors, who name pictures of their own.</summary>
internal sealed class OwnChatsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton(new AcceptPolicy(ActsForAll: false, options.MaxPerVisitor));
        builder.Services.AddSingleton<IImageAccess>(provider => provider.GetRequiredService<ImageStore>());
        builder.Services.AddHostedService<KeepingSweep>();
    }
}

/// <summary>The way into conversations without trace.</summary>
internal sealed class PrivateChatsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
        => builder.Services.AddSingleton<IChatStore, ChatStores>();

    public void Map(WebApplication app, MolmoOptions options)
    {
        app.Services.GetRequiredService<PrivateChats>().IsOffered = true;
        app.MapPrivateChats();
    }
}

/// <summary>Answers from the engine of this process, or from recordings.</summary>
internal sealed class LocalAnswersModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
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

    public void Map(WebApplication app, MolmoOptions options)
    {
        var model = app.Services.GetRequiredService<IAnsweringModel>();
        app.Services.GetRequiredService<PrivateChats>().Ended += model.Forget;
        app.Services.GetRequiredService<CropCache>().Removed += model.ForgetPicture;
    }
}
