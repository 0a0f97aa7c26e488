using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Molmo.Demo.Server.Tests;

/// <summary>
/// The whole program in this process, as outside Development, with a data folder of its own that is deleted at the end.
/// </summary>
/// <param name="settings">Configuration such as <c>("Molmo:MaxWaiting", "2")</c>.</param>
internal sealed class MolmoApplication(params (string Key, string Value)[] settings) : WebApplicationFactory<Program>
{
    /// <summary>The data folder.</summary>
    public string Data { get => field ??= Directory.CreateTempSubdirectory("molmo-test-").FullName; init; }

    /// <summary>Whether the data folder stays when this application ends, for tests that start another on it.</summary>
    public bool KeepData { get; init; }

    /// <summary>A client with its own cookies: another person.</summary>
    public HttpClient AsNewVisitor() => CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.UseSetting("Molmo:Data", Data);
        foreach (var (key, value) in settings) builder.UseSetting(key, value);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        if (!KeepData && Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
    }
}
