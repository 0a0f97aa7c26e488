using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Hosting;

/// <summary>Wires and runs the web application.</summary>
public static class MolmoHost
{
    // What these two log where a start fails, with its stack, is told in one sentence on standard error.
    private static readonly string[] StartFailureLogs =
        ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel"];

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--model"] = "Molmo:Model",
        ["--device"] = "Molmo:Device",
        ["--libtorch"] = "Molmo:LibTorch",
        ["--weights"] = "Molmo:Weights",
        ["--packed"] = "Molmo:Packed",
        ["--compare"] = "Molmo:Compare",
        ["--compare-weights"] = "Molmo:CompareWeights",
        ["--data"] = "Molmo:Data",
        ["--role"] = "Molmo:Role",
        ["--inference"] = "Molmo:Inference",
        ["--key"] = "Molmo:Key",
    };

    /// <summary>A switch without a value, which the configuration's command line does not know.</summary>
    private const string AdoptSwitch = "--adopt";

    /// <summary>Serves until the process is told to end.</summary>
    /// <returns>What begins the program again where a device was lost, else null.</returns>
    /// <exception cref="StartupException">It cannot start; the message says why.</exception>
    public static async Task<Restart?> RunAsync(string[] args)
    {
        await using var app = Build(args);
        var restart = app.Services.GetService<Restart>();
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (restart is { Wanted.IsCancellationRequested: true })
        {
            // The device was lost before the server listened.
            return restart;
        }
        catch (Exception e) when (e is IOException or SocketException or FormatException or ArgumentOutOfRangeException
            || e.Source?.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true)
        {
            throw CannotListen(app, e);
        }
        await app.WaitForShutdownAsync();
        var isLost = restart is { Wanted.IsCancellationRequested: true };
        return isLost ? restart : null;
    }

    /// <summary>
    /// The options as the server has them from file and environment, for commands that serve nothing.
    /// </summary>
    /// <param name="given">Names such as <c>Molmo:Model</c> with values that go before the configured ones; null for
    /// what was not given.</param>
    /// <exception cref="StartupException">A value is missing or out of range.</exception>
    public static MolmoOptions ReadOptions(IEnumerable<KeyValuePair<string, string?>> given)
    {
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
        configuration.AddInMemoryCollection(given.Where(value => value.Value is not null));
        return OptionsReader.Read(configuration.Build());
    }

    private static WebApplication Build(string[] args)
    {
        args = [.. args.Select(
            arg => arg == AdoptSwitch ? $"--{MolmoOptions.Section}:{nameof(MolmoOptions.Adopt)}=true" : arg)];
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine(args, Switches);
        builder.WebHost.UseStaticWebAssets();
        var options = OptionsReader.Read(builder.Configuration);
        var modules = Roles.ModulesOf(options.Role);
        var hasStarted = false;
        foreach (var category in StartFailureLogs)
            builder.Logging.AddFilter(category, level => hasStarted && level >= LogLevel.Warning);
        builder.Services.AddSingleton(options);
        foreach (var module in modules) module.Add(builder, options);

        var app = builder.Build();
        foreach (var module in modules) module.Map(app, options);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            hasStarted = true;
            StartNotice.Write(app, options, Console.Out);
            StartNotice.WarnOfHosts(app, options);
        });
        return app;
    }

    private static StartupException CannotListen(WebApplication app, Exception e)
    {
        var address =
            app.Urls.Count > 0 ? string.Join(", ", app.Urls) : app.Configuration["urls"] ?? "http://localhost:5000";
        return e.InnerException is AddressInUseException
            ? new StartupException(
                $"The address {address} is in use by another program. Stop that, "
                    + $"or choose another with --urls http://localhost:5001.",
                e)
            : new StartupException(
                $"The server cannot listen on {address} ({e.Message.ReplaceLineEndings(" ")}). "
                    + $"Choose another address with --urls http://localhost:5001.",
                e);
    }
}
