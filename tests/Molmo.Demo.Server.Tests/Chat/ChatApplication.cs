using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>The chat on a real port with a real database and a scripted model, in one process with the test.</summary>
internal sealed class ChatApplication : IAsyncDisposable
{
    private readonly WebApplication _app;

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

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts one; a data folder of an ended one makes it the next process on it.</summary>
    public static async Task<ChatApplication> StartAsync(MolmoOptions? options = null, ScriptedModel? model = null, string? data = null)
    {
        data ??= Directory.CreateTempSubdirectory("molmo-chat-").FullName;
        model ??= new ScriptedModel();
        var log = new LogLines();
        options = WithData(options ?? new MolmoOptions(), data);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton(options);
        builder.AddWeb(options);
        builder.Services.AddSingleton(model.Model);
        builder.Services.AddSingleton<IAnswerSource, EngineAnswers>();
        builder.Services.AddSingleton(provider => TablePictures(provider.GetRequiredService<Database>()));
        builder.Services.AddChatCore(options);
        builder.WebHost.ConfigureKestrelOnLoopback();
        var app = builder.Build();
        app.UseWeb(options);
        app.MapChat(options);
        await app.StartAsync();
        return new ChatApplication(app, data, model) { Log = log };
    }

    /// <summary>Ends the host in good order; the data folder stays.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    /// <summary>Puts a picture of the visitor into the database; its bytes are of no interest here.</summary>
    public ImageId AddPicture(VisitorId visitor, string hash = "aa")
    {
        var id = ImageId.New();
        using var connection = Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO images (id, visitor, name, width, height, hash, format, bytes, created_at)
            VALUES ($id, $visitor, 'photo.png', 64, 48, $hash, 'png', 1, 0)
            """;
        command.Parameters.AddWithValue("$id", id.Value);
        command.Parameters.AddWithValue("$visitor", visitor.Value);
        command.Parameters.AddWithValue("$hash", hash);
        command.ExecuteNonQuery();
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Data, recursive: true);
    }

    private static PictureAccess TablePictures(Database database) => new(
        (visitor, id, _) =>
        {
            using var connection = database.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT width, height, name, hash FROM images WHERE id = $id AND visitor = $visitor";
            command.Parameters.AddWithValue("$id", id.Value);
            command.Parameters.AddWithValue("$visitor", visitor.Value);
            using var reader = command.ExecuteReader();
            return Task.FromResult(reader.Read() ? new ImageInfo(id, reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3)) : null);
        },
        (_, _, _) => throw new NotSupportedException("A scripted model looks at no picture."));

    private static MolmoOptions WithData(MolmoOptions options, string data) => new()
    {
        Data = data,
        Role = options.Role,
        Inference = options.Inference,
        Key = options.Key,
        MaxSequences = options.MaxSequences,
        MaxWaiting = options.MaxWaiting,
        MaxPerVisitor = options.MaxPerVisitor,
        FirstTokenSeconds = options.FirstTokenSeconds,
        AnswerSeconds = options.AnswerSeconds,
        UnreadSeconds = options.UnreadSeconds,
        DrainSeconds = options.DrainSeconds,
    };
}
