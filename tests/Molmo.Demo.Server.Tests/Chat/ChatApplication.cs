using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Admin;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>The chat on a real port with a real database and a scripted model, in one process with the test.</summary>
internal sealed class ChatApplication : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _isStopped;

    private ChatApplication(WebApplication app, string data, ScriptedModel model)
    {
        _app = app;
        Data = data;
        Model = model;
    }

    public string Data { get; }

    public ScriptedModel Model { get; }

    /// <summary>The log, for tests that look into it.</summary>
    public LogLines Log { get; private init; } = new();

    public GenerationService Service => _app.Services.GetRequiredService<GenerationService>();

    public Database Database => _app.Services.GetRequiredService<Database>();

    public IServiceProvider Services => _app.Services;

    public Uri Address
        => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>
    /// Starts one in the role of its options; a data folder of an ended one makes it the next process on it. In the web
    /// role the model is that of the inference machine, and the pictures are those of <see cref="AddImageAsync"/>.
    /// </summary>
    public static async Task<ChatApplication> StartAsync(
        MolmoOptions? options = null, ScriptedModel? model = null, string? data = null, int port = 0,
        Func<IAnsweringModel, IAnsweringModel>? around = null, TimeProvider? time = null)
    {
        data ??= Directory.CreateTempSubdirectory("molmo-chat-").FullName;
        model ??= new ScriptedModel();
        var log = new LogLines();
        options = WithData(options ?? new MolmoOptions(), data);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).AddFilter("Molmo.Demo", LogLevel.Debug);
        builder.Services.AddSingleton(options);
        // All but the engine, whose part the scripted model has, and the pages.
        List<IModule> modules = [.. Roles.ModulesOf(options.Role)
            .Where(module => module is not (EngineModule or SharingModule or AdminModule or PagesModule))];
        modules.ForEach(module => module.Add(builder, options));
        if (time is not null) builder.Services.AddSingleton(time);
        if (options.Role != ServerRole.Web)
        {
            builder.Services.AddSingleton(around?.Invoke(model) ?? model);
            builder.Services.AddSingleton<IServerInfo>(new ModelNotice(options));
        }
        builder.WebHost.ConfigureKestrelOnLoopback(port);
        var app = builder.Build();
        modules.ForEach(module => module.Map(app, options));
        await app.StartAsync();
        return new ChatApplication(app, data, model) { Log = log };
    }

    /// <summary>Ends the host in good order; the data folder stays.</summary>
    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await _app.StopAsync();
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    /// <summary>Stores a gallery picture as the visitor's.</summary>
    /// <param name="visitor">Its owner.</param>
    /// <param name="number">Which; the same one has the same bytes.</param>
    public async Task<ImageInfo> AddImageAsync(VisitorId visitor, int number = 0)
    {
        var file = Directory.GetFiles(TestData.Samples, "*.png").Order(StringComparer.Ordinal).ElementAt(number);
        return await Services.GetRequiredService<ImageStore>()
            .AddStoredAsync(visitor, await File.ReadAllBytesAsync(file), "photo.png", default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
    }

    private static MolmoOptions WithData(MolmoOptions options, string data) => options with
    {
        Data = data,
        // Hosts end while answers are held: only tests of the drain set it.
        DrainSeconds = options.DrainSeconds == new MolmoOptions().DrainSeconds ? 0 : options.DrainSeconds,
    };
}
