using Dapper;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Tests;

/// <summary>
/// The whole program in this process, as outside Development, with a data folder of its own that is deleted at the end.
/// Limits on how often a visitor may do something are far away unless a test sets them.
/// </summary>
/// <param name="settings">Configuration such as <c>("Molmo:MaxWaiting", "2")</c>.</param>
internal sealed class MolmoApplication(params (string Key, string Value)[] settings) : WebApplicationFactory<Program>
{
    /// <summary>The data folder.</summary>
    public string Data { get => field ??= Directory.CreateTempSubdirectory("molmo-test-").FullName; init; }

    /// <summary>The clock; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>How the model is loaded; null for what the settings say.</summary>
    public Func<MolmoOptions, IModelLoading>? Loading { get; init; }

    /// <summary>Whether the data folder stays when this application ends, for tests that start another on it.</summary>
    public bool KeepData { get; init; }

    /// <summary>A client with its own cookies: another person.</summary>
    public HttpClient AsNewVisitor()
        => CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });

    /// <summary>The database.</summary>
    public Database Database => Services.GetRequiredService<Database>();

    /// <summary>The visitors' pictures.</summary>
    internal ImageStore Store => Services.GetRequiredService<ImageStore>();

    /// <summary>The pictures folder.</summary>
    public string[] ImageFiles => Directory.GetFiles(Path.Combine(Data, "pictures"));

    /// <summary>Who has uploaded a picture.</summary>
    public VisitorId OwnerOf(string image)
    {
        using var connection = Database.Open();
        return new VisitorId(
            connection.QuerySingle<string>("SELECT visitor FROM images WHERE id = @image", new { image }));
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.UseSetting("Molmo:Data", Data);
        builder.UseSetting("Molmo:Images:UploadsPerMinute", "100000");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        // It warns of each body whose limit this server, which is none of sockets, does not know.
        builder.UseSetting("Logging:LogLevel:Microsoft.AspNetCore.Routing.EndpointRoutingMiddleware", "Error");
        if (Time is { } time) builder.ConfigureServices(services => services.AddSingleton(time));
        // The program runs in the tests' own process, which nothing may replace.
        builder.ConfigureTestServices(services => services.AddSingleton(new Restart(_ => "This is a test.")));
        if (Loading is { } loading) builder.ConfigureTestServices(services => services.AddSingleton(loading));
        foreach (var (key, value) in settings) builder.UseSetting(key, value);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && !KeepData && Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
    }
}
